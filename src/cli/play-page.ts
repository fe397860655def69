import { pathToFileURL } from 'node:url';
import type { LibraryAsset, Passage } from '../domain/library.ts';
import { formatTimes } from './show-passages.ts';
import { toPrintable } from './terminal.ts';

/** A passage and the asset that it is from, at the place where its file lies now; without a file only its words are shown. */
export type PlayedPassage = {
  readonly passage: Passage;
  readonly asset: LibraryAsset;
  readonly isThere: boolean;
};

/** Before the first word and after the last, in seconds: a browser seeks to a picture, not to a sound. */
const marginSeconds = 0.3;

/** So many players show a picture before they play: each reads a little of its file. */
const maxShown = 20;

const style = `
  :root { color-scheme: light dark; --text: light-dark(#17181a, #ececee); --dim: light-dark(#5c6066, #a0a4ab);
    --ground: light-dark(#fff, #131416); --line: light-dark(#d9dbdf, #33363b); --accent: light-dark(#0b57d0, #8ab4f8); }
  body { margin: 0 auto; padding: 24px 16px 64px; max-width: 800px; background: var(--ground); color: var(--text);
    font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
  h1 { font-size: 20px; margin: 0 0 24px; } article { border-top: 1px solid var(--line); padding: 16px 0 24px; }
  h2 { font-size: 16px; margin: 0 0 8px; } h2 span, footer { color: var(--dim); font-weight: 400; } footer { font-size: 14px; }
  video, audio { display: block; width: 100%; margin: 0 0 16px; background: #000; } audio { background: none; }
  video { max-height: 60vh; } p { margin: 0 0 8px; } a { color: var(--accent); } :target { border-top-color: var(--accent); }
`;

/**
 * A page that plays passages where they begin and stops where they end (media fragments, https://www.w3.org/TR/media-frags/), for any browser, without a
 * script. `first` is the index of the one that plays at once, where the browser allows it. What a browser cannot decode can be opened from its link.
 */
export function formatPlayPage(query: string, played: readonly PlayedPassage[], first: number): string {
  const articles = played.map((each, index) => formatArticle(each, index, index === first));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; media-src file:; style-src 'unsafe-inline'">
<title>${escapeHtml(query.slice(0, 80))}</title>
<style>${style}</style>
<h1>${escapeHtml(query.slice(0, 400))}</h1>
${articles.join('\n')}
</html>
`;
}

function formatArticle({ passage, asset, isThere }: PlayedPassage, index: number, isFirst: boolean): string {
  const { startMs, endMs, title, text, speaker } = passage;
  const from = Math.max(0, startMs / 1000 - marginSeconds).toFixed(2);
  const url = `${pathToFileURL(asset.path).href}#t=${from},${(endMs / 1000 + marginSeconds).toFixed(2)}`;
  const tag = asset.kind === 'audio' ? 'audio' : 'video';
  const how = isFirst ? 'autoplay preload="auto"' : `preload="${index < maxShown ? 'metadata' : 'none'}"`;
  const player = isThere ? `<${tag} controls ${how} src="${escapeHtml(url)}"></${tag}>\n` : '';
  const place = isThere
    ? `<a href="${escapeHtml(url)}">${escapeHtml(asset.path)}</a>`
    : escapeHtml(`${asset.path}: nothing to play`);
  const who = speaker === undefined ? '' : ` · ${escapeHtml(speaker)}`;
  return `<article id="p${index + 1}">
<h2>${index + 1}&ensp;${escapeHtml(title)} <span>${formatTimes({ startMs, endMs })}${who}</span></h2>
${player}<p>${escapeHtml(text)}</p>
<footer>${place}</footer>
</article>`;
}

function escapeHtml(text: string): string {
  return toPrintable(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
