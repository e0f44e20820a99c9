/** The runs in time: files and tests in lanes, with the leaks below the tests that they went on through. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Range } from '../../times.js';
import type { PageData } from '../page-data.js';
import { AXIS_HEIGHT, draw, type Palette } from './draw.js';
import { clampView, hit, layOut, type Hit, type View } from './layout.js';
import { count, endOf, formatMs, livedFor, STATUSES, type ShownCause } from './model.js';

interface TimelineProps {
  data: PageData;
  shown: readonly ShownCause[];
  cause: number;
  leak: number;
  palette: Palette;
  select: (cause: number, leak?: number) => void;
}

/** How much a step zooms or moves. */
const ZOOM = 1.5;
const STEP = 0.15;
/** A pointer that has moved less than this has clicked. */
const CLICK = 4;

export function Timeline({ data, shown, cause, leak, palette, select }: TimelineProps) {
  const layout = useMemo(() => layOut(data), [data]);
  const whole = useMemo(() => clampView({ from: -Infinity, to: Infinity }, layout.duration), [layout]);
  const [view, setView] = useState<View>(() => fit(layout.duration));
  const [width, setWidth] = useState(0);
  const [hovered, setHovered] = useState<{ hit: Hit; x: number; y: number }>();
  const canvas = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const indices = useMemo(() => new Set(shown.map(({ index }) => index)), [shown]);
  const hoveredLeak = hovered?.hit.kind === 'leak' ? hovered.hit.bar.index : -1;

  useEffect(() => {
    if (box.current === null) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    draw(canvas.current, {
      data,
      layout,
      view,
      width,
      shown: indices,
      cause,
      leak,
      hovered: hoveredLeak,
      palette,
    });
  }, [data, layout, view, width, indices, cause, leak, hoveredLeak, palette]);

  // A cause that is chosen outside of what is shown comes into sight.
  useEffect(() => {
    const chosen = data.leaks[leak] ?? data.leaks[data.causes[cause]?.leaks[0] ?? -1];
    const at = chosen?.times;
    if (at === undefined) return;
    setView((last) => {
      if (endOf(at, chosen!, data.files)[1] >= last.from && at.opened[0] <= last.to) return last;
      const half = (last.to - last.from) / 2;
      return clampView({ from: at.judged - half, to: at.judged + half }, layout.duration);
    });
  }, [cause, leak]);

  const zoom = (factor: number, at = 0.5): void =>
    setView((last) => {
      const length = (last.to - last.from) / factor;
      const middle = last.from + (last.to - last.from) * at;
      return clampView({ from: middle - length * at, to: middle + length * (1 - at) }, layout.duration);
    });
  const pan = (share: number): void =>
    setView((last) => {
      const by = (last.to - last.from) * share;
      return clampView({ from: last.from + by, to: last.to + by }, layout.duration);
    });

  useEffect(() => {
    const { current } = box;
    // Not by a property: the page must not scroll where the timeline zooms.
    const onWheel = (event: WheelEvent): void => {
      const { left } = current!.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(ZOOM ** (-event.deltaY / 100), (event.clientX - left) / current!.clientWidth);
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey) {
        event.preventDefault();
        pan((event.deltaX || event.deltaY) / current!.clientWidth);
      }
    };
    current?.addEventListener('wheel', onWheel, { passive: false });
    return () => current?.removeEventListener('wheel', onWheel);
  }, [layout]);

  const drag = useDrag(pan, () => box.current!.clientWidth, zoom);
  if (layout.lanes.length === 0)
    return data.files.length === 0 ? null : (
      <section class="untimed" aria-label="Timeline">
        It is not known when these tests ran.
      </section>
    );

  const at = (event: PointerEvent): Hit | undefined => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    const perPixel = (view.to - view.from) / width;
    const time = view.from + (event.clientX - left) * perPixel;
    return hit(data, layout, time, event.clientY - top - AXIS_HEIGHT, 2 * perPixel);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = {
      ArrowLeft: () => pan(-STEP),
      ArrowRight: () => pan(STEP),
      '+': () => zoom(ZOOM),
      '=': () => zoom(ZOOM),
      '-': () => zoom(1 / ZOOM),
      '0': () => setView(fit(layout.duration)),
      Home: () => setView(fit(layout.duration)),
    }[event.key];
    if (act === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  const isWhole = view.to - view.from >= (whole.to - whole.from) * 0.999;
  return (
    <section class="timeline" aria-label="Timeline">
      <div class="controls">
        <Legend data={data} isChosen={cause >= 0} />
        <div class="buttons">
          <button type="button" onClick={() => zoom(ZOOM)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => zoom(1 / ZOOM)} aria-label="Zoom out" disabled={isWhole}>
            −
          </button>
          <button type="button" onClick={() => setView(fit(layout.duration))} disabled={isWhole}>
            Whole run
          </button>
        </div>
      </div>
      <div class="stage">
        <div
          class="canvas"
          ref={box}
          tabIndex={0}
          role="group"
          aria-label={`Timeline of ${formatMs(layout.duration)}, from ${formatMs(Math.max(0, view.from))} to ${formatMs(Math.min(view.to, layout.duration))}. Plus and minus zoom, the arrows move it; the list of causes has the same leaks as text.`}
          onKeyDown={onKeyDown}
        >
          <canvas
            ref={canvas}
            aria-hidden="true"
            onPointerDown={drag.down}
            onPointerMove={(event) => {
              if (drag.move(event)) return setHovered(undefined);
              const found = at(event);
              setHovered(
                found && { hit: found, x: event.offsetX, y: event.offsetY - box.current!.scrollTop },
              );
            }}
            onPointerUp={(event) => {
              if (drag.up(event) > CLICK) return;
              const found = at(event);
              if (found?.kind === 'leak') select(found.bar.leak.cause, found.bar.index);
              else if (found?.kind === 'test') selectTest(data, found.file, found.test, select);
            }}
            onPointerLeave={() => setHovered(undefined)}
            onDblClick={(event) => {
              const found = at(event as unknown as PointerEvent);
              if (found !== undefined) setView(around(data, found, layout.duration));
            }}
          />
        </div>
        {hovered && <Tip data={data} {...hovered} width={width} />}
      </div>
    </section>
  );
}

const fit = (duration: number): View => ({ from: -duration * 0.01, to: duration * 1.01 });

/** The first leak of a test. */
function selectTest(data: PageData, file: number, test: number, select: TimelineProps['select']): void {
  const index = data.leaks.findIndex((each) => each.file === file && each.times?.test === test);
  if (index >= 0) select(data.leaks[index]!.cause, index);
}

/** What shows one thing whole. */
function around({ files }: PageData, found: Hit, duration: number): View {
  const [from, to] = spanOf(files, found);
  const margin = Math.max((to - from) * 0.1, 0.1);
  return clampView({ from: from - margin, to: to + margin }, duration);
}

function spanOf(files: PageData['files'], found: Hit): Range {
  if (found.kind === 'leak') return [found.bar.from, found.bar.to];
  const { times, tests } = files[found.file]!;
  if (found.kind === 'file') return [times!.began, times!.ended];
  const [, began, ended] = tests[found.test]!;
  return [began, ended];
}

/** Moves by one pointer, zooms by two. */
function useDrag(
  pan: (share: number) => void,
  width: () => number,
  zoom: (factor: number, at: number) => void,
) {
  const pointers = useRef(new Map<number, number>());
  const moved = useRef(0);
  return {
    down: (event: PointerEvent): void => {
      if (event.button !== 0) return;
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      pointers.current.set(event.pointerId, event.clientX);
      moved.current = 0;
    },
    /** Whether it drags. */
    move: (event: PointerEvent): boolean => {
      const before = pointers.current.get(event.pointerId);
      if (before === undefined) return false;
      const [other] = [...pointers.current].flatMap(([id, x]) => (id === event.pointerId ? [] : [x]));
      pointers.current.set(event.pointerId, event.clientX);
      moved.current += Math.abs(event.clientX - before);
      if (other === undefined) pan((before - event.clientX) / width());
      else {
        const { left } = (event.currentTarget as Element).getBoundingClientRect();
        const spread = Math.max(20, Math.abs(event.clientX - other)) / Math.max(20, Math.abs(before - other));
        zoom(spread, ((event.clientX + other) / 2 - left) / width());
      }
      return moved.current > CLICK;
    },
    /** How far it has been dragged, in pixels. */
    up: (event: PointerEvent): number => {
      pointers.current.delete(event.pointerId);
      return moved.current;
    },
  };
}

function Legend({ data, isChosen }: { data: PageData; isChosen: boolean }) {
  const statuses = (Object.keys(STATUSES) as (keyof typeof STATUSES)[]).filter((status) =>
    data.leaks.some((leak) => leak.status === status),
  );
  if (statuses.length === 0) return <span />;
  return (
    <ul class="legend" aria-label="Legend">
      {statuses.map((status) => (
        <li key={status}>
          <i class={`bar ${status}`} /> {STATUSES[status]}
        </li>
      ))}
      {data.leaks.some(({ others }) => others.length > 0) && (
        <li>
          <i class="bar thin" /> with it
        </li>
      )}
      <li>
        <i class="verdict" /> verdict
      </li>
      <li>
        <i class="callback" /> callback
      </li>
      {isChosen && (
        <li>
          <i class="disturbed" /> test in which it called back
        </li>
      )}
    </ul>
  );
}

function Tip({
  data,
  hit: found,
  x,
  y,
  width,
}: {
  data: PageData;
  hit: Hit;
  x: number;
  y: number;
  width: number;
}) {
  const left = Math.min(x + 12, Math.max(0, width - 330));
  return (
    <div class="tip" style={{ left: `${left}px`, top: `${y + 16}px` }} aria-hidden="true">
      {linesOf(data, found).map((text, i) => (
        <div key={i} class={i === 0 ? 'first' : ''}>
          {text}
        </div>
      ))}
    </div>
  );
}

function linesOf(data: PageData, found: Hit): string[] {
  const { files, causes, texts } = data;
  if (found.kind === 'leak') {
    const { leak } = found.bar;
    const other = leak.others[found.other];
    const cause = causes[leak.cause]!;
    const head = [`in ${leak.owner}`, `open for ${livedFor(other ?? leak.times, leak, files)}`];
    if (other !== undefined)
      return [texts[other.label]!, `told under ${cause.place}`, ...head, ...callbacksLine(other.callbacks)];
    const rest = leak.size - 1 - leak.others.length;
    return [
      cause.place,
      cause.what.join('; '),
      `${head.join(', ')}, ${STATUSES[leak.status]}`,
      ...(leak.others.length > 0 && rest > 0 ? [`${count(rest, 'more resource')} not drawn`] : []),
      ...(leak.fired > 0 ? [`${count(leak.fired, 'callback')} after its test`] : []),
    ];
  }
  const { name: path, times, tests } = files[found.file]!;
  if (found.kind === 'file')
    return [path, `${count(tests.length, 'test')}, ${formatMs(times!.ended - times!.began)}`];
  const [name, began, ended, failed] = tests[found.test]!;
  const own = data.leaks.filter((leak) => leak.file === found.file && leak.times?.test === found.test).length;
  return [
    name,
    path,
    `${formatMs(ended - began)}, from ${formatMs(began)}`,
    ...(failed === 1 ? ['failed by itself'] : []),
    ...(own > 0 ? [count(own, 'leak')] : []),
  ];
}

const callbacksLine = ({ length }: readonly number[]): string[] =>
  length > 0 ? [`${count(length, 'callback')} after its test${length >= 50 ? ', or more' : ''}`] : [];
