/** Draws the timeline. */
import type { LeakStatus } from '../../shown.js';
import type { OpenTimes } from '../../outputs/times.js';
import type { PageData } from '../page-data.js';
import {
  FILE_HEIGHT,
  LEAK_HEIGHT,
  OTHER_HEIGHT,
  TEST_HEIGHT,
  ticksOf,
  topOf,
  type Bar,
  type Lane,
  type Layout,
  type View,
} from './layout.js';
import { endOf, formatMs } from './model.js';

export const AXIS_HEIGHT = 22;

/** Colours by the names that the style sheet has for them. */
export type Palette = Record<
  'ink' | 'muted' | 'line' | 'surface' | 'file' | 'test' | 'accent' | 'mark' | LeakStatus,
  string
>;

export interface Scene {
  readonly data: PageData;
  readonly layout: Layout;
  readonly view: View;
  readonly width: number;
  /** The causes that the filter lets through. */
  readonly shown: ReadonlySet<number>;
  /** The cause, and the leak of it, that the reader looks at; -1 for none. */
  readonly cause: number;
  readonly leak: number;
  readonly hovered: number;
  readonly palette: Palette;
}

const FONT = '11px system-ui, sans-serif';

/** Lets a canvas have a size, clears it, and returns what draws in it. */
function prepare(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const context = canvas.getContext('2d');
  if (context === null) return undefined;
  const ratio = globalThis.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = FONT;
  context.textBaseline = 'middle';
  return context;
}

/** Draws the runs, without their axis. */
export function draw(canvas: HTMLCanvasElement, scene: Scene): void {
  const { layout, width, palette } = scene;
  const context = prepare(canvas, width, layout.height);
  if (context === undefined) return;
  for (const { at } of ticksIn(scene)) drawLine(context, at, 0, layout.height, palette.line);
  for (const { text, top } of layout.heads) {
    context.fillStyle = palette.ink;
    context.font = `600 ${FONT}`;
    context.fillText(text, 4, top + 10, width - 8);
    context.font = FONT;
  }
  for (const lane of layout.lanes) drawLane(context, scene, lane);
}

/** Draws the axis, which stays in sight as the runs scroll. */
export function drawAxis(canvas: HTMLCanvasElement, scene: Scene): void {
  const { width, palette } = scene;
  const context = prepare(canvas, width, AXIS_HEIGHT);
  if (context === undefined) return;
  context.textAlign = 'center';
  for (const { tick, at } of ticksIn(scene)) {
    drawLine(context, at, AXIS_HEIGHT - 4, AXIS_HEIGHT, palette.line);
    const text = tick === 0 ? '0' : formatMs(tick);
    const half = context.measureText(text).width / 2;
    context.fillStyle = palette.muted;
    context.fillText(text, Math.min(Math.max(at, half + 1), width - half - 1), 9);
  }
}

/** The marks of the axis, and where they are. */
function ticksIn(scene: Scene): { readonly tick: number; readonly at: number }[] {
  const x = scale(scene);
  const ticks = ticksOf(scene.view, Math.max(2, scene.width / 110));
  return ticks.map((tick) => ({ tick, at: Math.round(x(tick)) + 0.5 }));
}

function drawLine(
  context: CanvasRenderingContext2D,
  x: number,
  top: number,
  bottom: number,
  ink: string,
): void {
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(x, top);
  context.lineTo(x, bottom);
  context.stroke();
}

const scale = ({ view: { from, to }, width }: Scene): ((time: number) => number) => {
  const factor = width / (to - from);
  return (time) => (time - from) * factor;
};

function drawLane(context: CanvasRenderingContext2D, scene: Scene, lane: Lane): void {
  const { data, view, width, palette } = scene;
  const x = scale(scene);
  const leaking = new Set<string>();
  for (const { leak } of lane.bars) leaking.add(`${leak.file} ${leak.times!.test}`);
  const disturbing = callbacksIn(scene, lane);
  for (const i of lane.files) {
    const { name, times, tests } = data.files[i]!;
    const { began, ended } = times!;
    if (ended < view.from || began > view.to) continue;
    const left = Math.max(x(began), -2);
    const right = Math.min(x(ended), width + 2);
    context.fillStyle = palette.file;
    context.fillRect(left, lane.top, Math.max(right - left - 1, 1), FILE_HEIGHT - 2);
    const room = right - left - 10;
    drawText(
      context,
      fitting(context, name, '/', room),
      left + 5,
      lane.top + FILE_HEIGHT / 2 - 1,
      room,
      palette.ink,
    );
    let last = -Infinity;
    for (const [at, [test, from, to, failed]] of tests.entries()) {
      if (to < view.from || from > view.to) continue;
      const start = x(from);
      const end = Math.max(x(to), start + 1);
      const isLeaking = leaking.has(`${i} ${at}`);
      // What is no wider than the last pixel that was drawn adds nothing.
      if (end - last < 0.6 && !isLeaking) continue;
      last = end;
      const top = lane.top + FILE_HEIGHT;
      const size = Math.max(end - start - 0.5, 1);
      context.fillStyle = palette.test;
      context.fillRect(start, top, size, TEST_HEIGHT - 3);
      if (failed === 1) drawHatch(context, start, top, size, TEST_HEIGHT - 3, palette.muted);
      if (hasWithin(disturbing, from, to)) {
        context.strokeStyle = palette.accent;
        context.lineWidth = 2;
        context.strokeRect(start + 1, top + 1, Math.max(size - 2, 1), TEST_HEIGHT - 5);
      }
      if (isLeaking) {
        context.fillStyle = palette.failed;
        context.fillRect(start, top + TEST_HEIGHT - 5, size, 2);
      }
      if (size > 30) {
        const label = fitting(context, test, ' > ', size - 8);
        drawText(context, label, start + 4, top + 8, size - 8, palette.ink);
      }
    }
  }
  for (const bar of lane.bars) drawLeak(context, scene, lane, bar, x);
}

/** When callbacks ran of what the reader looks at, in order: the tests of that moment are disturbed. */
function callbacksIn({ cause, leak }: Scene, { bars }: Lane): number[] {
  const chosen = bars.filter((bar) => (leak >= 0 ? bar.index === leak : bar.leak.cause === cause));
  const callbacks = chosen.flatMap(({ leak: { times, others } }) =>
    [times!, ...others].flatMap((each) => each.callbacks),
  );
  return callbacks.toSorted((a, b) => a - b);
}

/** Whether one of numbers that rise lies between two others. */
function hasWithin(numbers: readonly number[], least: number, most: number): boolean {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (numbers[middle]! < least) from = middle + 1;
    else to = middle;
  }
  return from < numbers.length && numbers[from]! <= most;
}

/** Of a name that does not fit, the last part says most. */
function fitting(context: CanvasRenderingContext2D, name: string, separator: string, room: number): string {
  const last = name.lastIndexOf(separator);
  return last < 0 || context.measureText(name).width <= room ? name : name.slice(last + separator.length);
}

function drawText(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  room: number,
  ink: string,
): void {
  const start = Math.max(x, 4);
  const left = room - (start - x);
  if (left < 24) return;
  context.save();
  context.beginPath();
  context.rect(start, y - 8, left, 16);
  context.clip();
  context.fillStyle = ink;
  context.fillText(text, start, y);
  context.restore();
}

function drawHatch(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  width: number,
  height: number,
  ink: string,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = ink;
  context.lineWidth = 1;
  context.beginPath();
  const from = Math.max(x, 0) - height;
  for (let at = from - (from % 5); at < Math.min(x + width, 5000); at += 5) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}

function drawLeak(
  context: CanvasRenderingContext2D,
  scene: Scene,
  lane: Lane,
  bar: Bar,
  x: (time: number) => number,
): void {
  const { view, width, shown, cause, leak: selected, hovered, palette } = scene;
  const { leak, index, from, to } = bar;
  if (!shown.has(leak.cause) || to < view.from || from > view.to) return;
  const top = topOf(lane, bar);
  const clip = (time: number): number => Math.min(Math.max(x(time), -4), width + 4);
  const [start, end] = [clip(from), clip(to)];
  context.globalAlpha = cause >= 0 && cause !== leak.cause ? 0.3 : 1;
  const size = LEAK_HEIGHT - 4;
  drawOpen(context, scene, leak.times!, bar, top, size, clip);
  for (const [i, other] of leak.others.entries())
    drawOpen(context, scene, other, bar, top + LEAK_HEIGHT - 2 + i * OTHER_HEIGHT, OTHER_HEIGHT - 2, clip);
  context.fillStyle = palette.ink;
  const height = leak.others.length === 0 ? size : bar.height - 4;
  // The verdict was on all of them.
  context.fillRect(clip(leak.times!.judged) - 0.5, top - 1, 1.5, height + 2);
  if (index === selected || index === hovered) {
    context.strokeStyle = palette.ink;
    context.lineWidth = 1.5;
    context.strokeRect(start - 1.5, top - 1.5, Math.max(end - start, 2) + 3, height + 3);
  }
  context.globalAlpha = 1;
}

/** A bar from a resource's opening to its end, with a mark for each callback. */
function drawOpen(
  context: CanvasRenderingContext2D,
  { data, palette }: Scene,
  times: OpenTimes,
  { leak }: Bar,
  top: number,
  size: number,
  clip: (time: number) => number,
): void {
  const { opened, callbacks, released } = times;
  const { status } = leak;
  const [start, sure] = opened.map(clip);
  const [ends, end] = endOf(times, leak, data.files).map(clip);
  // Where it is not known whether it was open yet, or still.
  context.fillStyle = palette[status];
  const whole = context.globalAlpha;
  context.globalAlpha = whole * 0.35;
  context.fillRect(start!, top + size / 4, Math.max(end! - start!, 2), size / 2);
  context.globalAlpha = whole;
  const left = Math.min(sure!, Math.max(ends!, sure!));
  const right = Math.max(ends!, left + 2);
  if (status === 'failed' || status === 'warned') context.fillRect(left, top, right - left, size);
  else {
    context.strokeStyle = palette[status];
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, Math.max(right - left - 1, 1), size - 1);
  }
  if (status === 'warned') drawHatch(context, left, top, right - left, size, palette.surface);
  if (released === undefined) drawArrow(context, right, top, size);
  context.fillStyle = palette.mark;
  const inset = size > 4 ? 1 : 0;
  let last = -Infinity;
  for (const time of callbacks) {
    const at = clip(time);
    if (at - last < 2) continue;
    last = at;
    context.fillRect(at - 0.5, top + inset, 1.25, size - 2 * inset);
  }
}

/** It goes on. */
function drawArrow(context: CanvasRenderingContext2D, x: number, top: number, size: number): void {
  context.beginPath();
  context.moveTo(x, top - 1);
  context.lineTo(x + size, top + size / 2);
  context.lineTo(x, top + size + 1);
  context.fill();
}
