import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runRender } from '../src/media/run-render.ts';

/**
 * Draws the logo of `examples/brand`: `node scripts/example-brand.ts [folder]`. A loaf with two cuts in a disc, transparent
 * around it, 240×240 px.
 */

const folder = process.argv[2] ?? fileURLToPath(new URL('../examples/brand', import.meta.url));
const sizePx = 240;

/** 0 outside a shape, 255 inside, a pixel of soft edge; `distance` is negative inside, in px. */
const inside = (distance: string) => `255*clip(0.5-(${distance}),0,1)`;
const disc = 'hypot(X-120,Y-120)-118';
const loaf = 'max(hypot((X-120)*0.72,(Y-128))-58,abs(Y-128)-44)';
const cut = (x: number) => `(abs((X-${x})-(Y-112)*0.45)+abs(Y-112)*0.2-7)`;
const crumb = `max(${loaf},-min(${cut(98)},${cut(146)}))`;
const paint = (ground: number, bread: number) => `'${ground}+(${bread}-${ground})*(${inside(crumb)})/255'`;

await mkdir(folder, { recursive: true });
const picture = `color=c=black@0:s=${sizePx}x${sizePx}:r=1:d=1,format=rgba`;
const colours = `r=${paint(0x7a, 0xff)}:g=${paint(0x1f, 0xe8)}:b=${paint(0x2b, 0xc2)}`;
await runRender({
  inputs: [],
  filters: `${picture},geq=${colours}:a='${inside(disc)}',trim=end_frame=1,format=rgba[logo]`,
  outputs: [
    {
      kind: 'file',
      path: join(folder, 'logo.png'),
      format: 'image2pipe',
      formatOptions: {},
      streams: [{ kind: 'video', label: 'logo', encoder: 'png', options: {} }],
    },
  ],
  durationSeconds: 1,
  files: [],
});
