import { clientEnding } from './client-files.ts';

/** What a tab shows: an upright picture, kept. */
export const reviewIcon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect x="7" y="2" width="18" height="28" rx="5" fill="#4650d8"/><path d="m12 16.5 3 3 5.5-6.5" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** The page before it knows anything: its frame, and what it is drawn with. */
export function reviewPage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Review clips</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script type="module" src="/client/main${clientEnding}"></script>
</head>
<body>
<header class="top" id="top"><h1>Review clips</h1></header>
<main class="work" id="work">
<nav class="list" id="list" aria-label="Clips"><div class="skeleton rows" aria-hidden="true"></div></nav>
<section class="stage" id="stage" aria-label="Player"><div class="placeholder skeleton"></div></section>
<section class="details" id="details" aria-label="Clip"></section>
</main>
<footer class="actions" id="actions" aria-label="Actions"></footer>
<aside class="help" id="help" aria-label="Keys" hidden></aside>
<p class="toast" id="toast" role="status" aria-live="polite"></p>
</body>
</html>
`;
}
