/** What longer answers hold beyond is not looked at. */
const maxChars = 200_000;

/**
 * The JSON values in a text, likeliest first: the whole text, what stands between code fences, and what stands between
 * its first opening and its last closing bracket. Models like to talk around what was asked for.
 */
export function findJson(text: string): unknown[] {
  const whole = text.slice(0, maxChars).trim();
  const fenced = [...whole.matchAll(/```(?:json)?\s*([^`]*)```/giu)].map((match) => match[1] ?? '');
  const spans = [
    ['{', '}'],
    ['[', ']'],
  ].flatMap(([open, close]) => {
    const start = whole.indexOf(open!);
    const end = whole.lastIndexOf(close!);
    return start >= 0 && end > start ? [whole.slice(start, end + 1)] : [];
  });
  return [whole, ...fenced, ...spans].flatMap((candidate) => {
    try {
      const value: unknown = JSON.parse(candidate);
      return [value];
    } catch {
      return [];
    }
  });
}
