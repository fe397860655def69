import type { CaptionLook } from '../../domain/caption-look.ts';
import { escapeHtml } from '../page/escape.ts';
import { baseStyle } from '../page/page-style.ts';

/** A style in motion: its pictures one below the other in one JPEG (base64), each shown for `stepMs`. */
export type StyleLoop = {
  readonly look: CaptionLook;
  readonly jpeg: string;
  readonly pictures: number;
  readonly stepMs: number;
};

const style = `${baseStyle}main{padding:24px;max-width:1600px;margin:0 auto}
h1{margin-bottom:4px}
.styles{display:grid;grid-template-columns:repeat(auto-fill,minmax(216px,1fr));gap:24px;margin-top:24px}
.styles.wide{grid-template-columns:repeat(auto-fill,minmax(min(100%,400px),1fr))}
figure{margin:0}
.picture{border-radius:8px;overflow:hidden}
.picture div{width:100%;background-size:100% auto;background-repeat:no-repeat}
figcaption{padding:8px 0;font-size:14px;line-height:20px}
figcaption b{display:block;font-weight:600}
code{font:13px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:var(--raised);border-radius:4px;padding:1px 5px}
@media (prefers-reduced-motion:reduce){.picture div{animation:none!important}}
`;

/** A page that shows styles side by side, each moving as it would in a clip; it needs nothing beside itself. */
export function stylesPage(
  loops: readonly StyleLoop[],
  canvas: { readonly width: number; readonly height: number },
): string {
  const isWide = canvas.width > canvas.height;
  const moves = loops.map(({ pictures, stepMs }, index) => {
    const ratio = `aspect-ratio:${canvas.width}/${canvas.height}`;
    if (pictures < 2) return `#s${index}{${ratio}}`;
    // A still stands in the middle where nothing may move.
    const still = (Math.floor(pictures / 2) / (pictures - 1)) * 100;
    return `#s${index}{${ratio};background-position:0 ${still.toFixed(3)}%;animation:m${index} ${pictures * stepMs}ms steps(${pictures},jump-none) infinite}
@keyframes m${index}{from{background-position:0 0}to{background-position:0 100%}}`;
  });
  const figures = loops.map(
    ({ look, jpeg }, index) =>
      `<figure><div class="picture"><div id="s${index}" role="img" aria-label="${escapeHtml(`Captions in the style ${look.name}`)}" style="background-image:url(data:image/jpeg;base64,${jpeg})"></div></div><figcaption><b>${escapeHtml(look.name)}</b>${escapeHtml(look.description)}</figcaption></figure>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Caption styles</title>
<style>${style}${moves.join('\n')}</style>
</head>
<body>
<main>
<h1>Caption styles</h1>
<p class="meta">Choose one with <code>--captions</code> and its name, or the path of a style's file. Its fields: docs/captions.md.</p>
<div class="styles${isWide ? ' wide' : ''}">
${figures.join('\n')}
</div>
</main>
</body>
</html>
`;
}
