/** The runs in time: files and tests in lanes, with the leaks below the tests that they went on through. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';

import type { Range } from '../../outputs/times.js';
import type { PageData } from '../page-data.js';
import { AXIS_HEIGHT, draw, drawAxis, type Palette, type Scene } from './draw.js';
import { clampView, findBar, hit, layOut, type Bar, type Hit, type View } from './layout.js';
import { formatMs, STATUSES, type ShownCause } from './model.js';
import { Tip } from './tip.js';

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
  const axis = useRef<HTMLCanvasElement>(null);
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
    if (canvas.current === null || axis.current === null || width === 0) return;
    const scene: Scene = {
      data,
      layout,
      view,
      width,
      shown: indices,
      cause,
      leak,
      hovered: hoveredLeak,
      palette,
    };
    drawAxis(axis.current, scene);
    draw(canvas.current, scene);
  }, [data, layout, view, width, indices, cause, leak, hoveredLeak, palette]);

  const chosen = useMemo(() => {
    const index = leak >= 0 ? leak : (data.causes[cause]?.leaks[0] ?? -1);
    return index < 0 ? undefined : findBar(layout, index);
  }, [data, layout, cause, leak]);

  // A cause that is chosen outside of what is shown comes into sight.
  useEffect(() => {
    if (chosen === undefined) return;
    const { from, to, leak: of } = chosen.bar;
    setView((last) => {
      if (to >= last.from && from <= last.to) return last;
      const half = (last.to - last.from) / 2;
      const { judged } = of.times!;
      return clampView({ from: judged - half, to: judged + half }, layout.duration);
    });
    scrollTo(box.current!, chosen.lane.top, chosen.top + chosen.bar.height + AXIS_HEIGHT);
    // Before it is drawn it has no height.
  }, [chosen, width > 0]);

  /** @param at where to zoom, as a share of the width; at the chosen leak if missing. */
  const zoom = (factor: number, at?: number): void =>
    setView((last) => {
      const length = last.to - last.from;
      const share = at ?? shareOf(chosen?.bar, last);
      const middle = last.from + length * share;
      const next = length / factor;
      return clampView({ from: middle - next * share, to: middle + next * (1 - share) }, layout.duration);
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
    return hit(data, layout, time, event.clientY - top, 2 * perPixel);
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
          <canvas class="axis" ref={axis} aria-hidden="true" />
          <canvas
            class="runs"
            ref={canvas}
            aria-hidden="true"
            onPointerDown={drag.down}
            onPointerMove={(event) => {
              if (drag.move(event)) return setHovered(undefined);
              const found = at(event);
              const { left, top } = box.current!.getBoundingClientRect();
              setHovered(found && { hit: found, x: event.clientX - left, y: event.clientY - top });
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

/** Where in the view a leak got its verdict, as a share of the width; the middle if that is not to be seen. */
function shareOf(bar: Bar | undefined, { from, to }: View): number {
  const judged = bar?.leak.times?.judged ?? -Infinity;
  return judged >= from && judged <= to ? (judged - from) / (to - from) : 0.5;
}

/** Scrolls an element, but not the page, so that it shows what is between two heights; of what is too large, the end. */
function scrollTo(element: HTMLElement, top: number, bottom: number): void {
  if (top < element.scrollTop) element.scrollTop = top;
  if (bottom > element.scrollTop + element.clientHeight) element.scrollTop = bottom - element.clientHeight;
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
