/** A call tree with sample counts. */
interface Frame {
  readonly name: string;
  samples: number;
  readonly callees: Map<string, Frame>;
}

const WIDTH = 1200;
const LINE = 17;
/** Narrower frames are left out, in pixels. */
const LEAST = 0.5;

const frame = (name: string): Frame => ({ name, samples: 0, callees: new Map() });
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** Merges stacks, outermost call first, into a tree. */
function callTree(stacks: Iterable<readonly string[]>): Frame {
  const root = frame('all');
  for (const stack of stacks) {
    root.samples++;
    let at = root;
    for (const name of stack) {
      let callee = at.callees.get(name);
      if (!callee) at.callees.set(name, (callee = frame(name)));
      callee.samples++;
      at = callee;
    }
  }
  return root;
}

/** JavaScript green, the addon blue, the kernel orange, the rest red. */
function colour(name: string): string {
  if (name.startsWith('JS:')) return '#7fc97f';
  if (name.startsWith('fusewire::')) return '#80b1d3';
  return name.endsWith('_[k]') ? '#fdb462' : '#fb8072';
}

function draw({ name, samples, callees }: Frame, left: number, depth: number, total: number, height: number, out: string[]): void {
  const width = (samples / total) * WIDTH;
  if (width < LEAST) return;
  const top = height - (depth + 1) * LINE;
  const label = width > 30 ? `<text x="${left + 3}" y="${top + 12}">${escaped(name.slice(0, width / 6.5))}</text>` : '';
  out.push(`<g><title>${escaped(name)}: ${((samples / total) * 100).toFixed(1)} %</title><rect x="${left}" y="${top}" width="${width}" height="${LINE - 1}" fill="${colour(name)}"/>${label}</g>`);
  let at = left;
  for (const callee of callees.values()) {
    draw(callee, at, depth + 1, total, height, out);
    at += (callee.samples / total) * WIDTH;
  }
}

const depthOf = ({ callees }: Frame): number => 1 + Math.max(0, ...[...callees.values()].map(depthOf));

/** Stacks, outermost call first, as a picture; pointing at a frame shows its share. */
export function flameGraph(stacks: Iterable<readonly string[]>, title: string): string {
  const root = callTree(stacks);
  const height = (depthOf(root) + 2) * LINE;
  const out: string[] = [];
  draw(root, 0, 0, root.samples, height, out);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" font-family="monospace" font-size="11">`
    + `<rect width="100%" height="100%" fill="#fff"/><text x="4" y="13">${escaped(title)}</text>${out.join('')}</svg>\n`;
}
