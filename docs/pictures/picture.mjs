// Makes a picture of what a terminal shows: tmux capture-pane -e -p | node docs/pictures/picture.mjs > name.svg
import { readFileSync } from 'node:fs';

const COLUMN = 8.4;
const LINE = 18;
const MARGIN = 14;
const INK = '#c9d1d9';
const COLOURS = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4'];
const BRIGHT = ['#6e7681', '#ffa198', '#56d364', '#e3b341', '#79c0ff', '#d2a8ff', '#56d4dd', '#ffffff'];

/** Vitest's rules, which many fonts lack: they are drawn. */
const RULES = /\u23af+/g;

const x = (column) => (MARGIN + column * COLUMN).toFixed(1);
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The style after an escape sequence of these numbers. */
function restyle(style, codes) {
  let next = style;
  for (const code of codes.split(';').map(Number)) {
    if (code === 0) next = {};
    else if (code === 1) next = { ...next, bold: true };
    else if (code === 2) next = { ...next, dim: true };
    else if (code === 22) next = { ...next, bold: false, dim: false };
    else if (code === 7 || code === 27) next = { ...next, inverse: code === 7 };
    else if (code >= 30 && code <= 37) next = { ...next, ink: COLOURS[code - 30] };
    else if (code >= 90 && code <= 97) next = { ...next, ink: BRIGHT[code - 90] };
    else if (code >= 40 && code <= 47) next = { ...next, ground: COLOURS[code - 40] };
    else if (code === 39) next = { ...next, ink: undefined };
    else if (code === 49) next = { ...next, ground: undefined };
    else throw new Error(`a colour that is not known: ${code}`);
  }
  return next;
}

const lines = readFileSync(0, 'utf8').replace(/\s+$/, '').split('\n');
const grounds = [];
const rules = [];
const texts = [];
let style = {};
let widest = 0;
for (const [row, line] of lines.entries()) {
  const spans = [];
  let column = 0;
  // eslint-disable-next-line no-control-regex
  for (const [, codes, text] of line.matchAll(/\u001b\[([\d;]*)m|([^\u001b]+)/g)) {
    if (text === undefined) {
      style = restyle(style, codes);
      continue;
    }
    const { bold, dim, inverse } = style;
    const [ink, ground] = inverse ? ['#0d1117', style.ink ?? INK] : [style.ink ?? INK, style.ground];
    if (ground) {
      const size = `width="${(text.length * COLUMN).toFixed(1)}" height="${LINE}"`;
      grounds.push(`<rect x="${x(column)}" y="${MARGIN + row * LINE}" ${size} fill="${ground}"/>`);
    }
    const look = `fill="${ink}"${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity=".6"' : ''}`;
    const shown = text.replaceAll(RULES, (rule, at) => {
      const y = MARGIN + row * LINE + LINE / 2;
      rules.push(
        `<path d="M${x(column + at)} ${y}H${x(column + at + rule.length)}" stroke="${ink}"${dim ? ' opacity=".6"' : ''}/>`,
      );
      return ' '.repeat(rule.length);
    });
    if (shown.trim() !== '') spans.push(`<tspan x="${x(column)}" ${look}>${escape(shown)}</tspan>`);
    column += text.length;
  }
  widest = Math.max(widest, column);
  const y = MARGIN + 13 + row * LINE;
  if (spans.length > 0) texts.push(`<text y="${y}" xml:space="preserve">${spans.join('')}</text>`);
}
const width = Math.ceil(2 * MARGIN + widest * COLUMN);
const height = 2 * MARGIN + lines.length * LINE;
const font = 'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14"';
console.log(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ${font}>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${[...grounds, ...rules, ...texts].join('\n')}
</svg>`);
