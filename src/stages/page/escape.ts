const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that a page must not hold, and those that turn the reading direction of what follows. */
const unwanted = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** A text as HTML, safe between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(unwanted, ' ')
    .replace(/[&<>"']/gu, (character) => entities[character] ?? character);
}

/** A file name beside the page as an attribute's URL: never another folder, scheme or host. */
export function fileUrl(name: string): string {
  return `./${encodeURIComponent(name.toWellFormed()).replace(/'/gu, '%27')}`;
}

/** A time of day in a recording: `4:07`, `1:02:33`. Whole seconds, rounded down. */
export function formatClock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
