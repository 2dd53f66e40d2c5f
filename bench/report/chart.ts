import type { Ratio } from '../ratios.js';

const LINE = 16;
const LEFT = 420;
const WIDTH = 520;
/** The axis is logarithmic, from a tenth to ten times. */
const DECADES = 1;

const x = (ratio: number): number => LEFT + WIDTH / 2 + (Math.max(-DECADES, Math.min(DECADES, Math.log10(ratio))) / DECADES) * (WIDTH / 2);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

function colour({ ratio, goal }: Ratio): string {
  if (goal === null) return ratio >= 1 ? '#8fb8de' : '#d9c27a';
  return ratio >= goal ? '#4c9f70' : '#c8553d';
}

function line(ratio: Ratio, i: number): string {
  const top = 40 + i * LINE;
  const [from, to] = [Math.min(x(1), x(ratio.ratio)), Math.max(x(1), x(ratio.ratio))];
  const goal = ratio.goal === null ? '' : `<path d="M${x(ratio.goal)} ${top}v${LINE - 3}" stroke="#222" stroke-width="2"/>`;
  return `<text x="${LEFT - 8}" y="${top + 11}" text-anchor="end">${escaped(`${ratio.row}, ${ratio.condition} / ${ratio.rival}`)}</text>`
    + `<rect x="${from}" y="${top}" width="${Math.max(1, to - from)}" height="${LINE - 3}" fill="${colour(ratio)}"/>${goal}`
    + `<text x="${LEFT + WIDTH + 8}" y="${top + 11}">${ratio.ratio.toFixed(2)}</text>`;
}

/** Ratios as bars from 1, to the right where ours is better; a mark at the goal. */
export function chart(ratios: readonly Ratio[], title: string): string {
  const shown = ratios.filter(({ ratio }) => Number.isFinite(ratio));
  const height = 60 + shown.length * LINE;
  const axis = [0.1, 0.2, 0.5, 1, 2, 5, 10].map((tick) =>
    `<path d="M${x(tick)} 34V${height - 20}" stroke="${tick === 1 ? '#222' : '#ddd'}"/><text x="${x(tick)}" y="30" text-anchor="middle">${tick}x</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${LEFT + WIDTH + 60}" height="${height}" font-family="sans-serif" font-size="11">`
    + `<rect width="100%" height="100%" fill="#fff"/><text x="8" y="14" font-size="13">${escaped(title)}</text>${axis.join('')}${shown.map(line).join('')}</svg>\n`;
}
