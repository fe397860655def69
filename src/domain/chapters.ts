/** A part of a video that its description names. */
export type Chapter = { readonly startMs: number; readonly title: string };

const linePattern = /^[\s*•–—-]*[([]?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})[)\]]?[\s:|–—-]+(.+)$/u;

/**
 * The chapters in a description as YouTube takes them: a line each that begins with its time, the first at 0:00, at least three, rising,
 * each at least 10 s long. None where it is not so. https://support.google.com/youtube/answer/9884579
 */
export function readChapters(description: string, durationMs: number | undefined): Chapter[] {
  const chapters = description.split(/\r?\n/u).flatMap((line): Chapter[] => {
    // A line of a description that long is no title.
    const match = line.length > 600 ? null : linePattern.exec(line);
    if (match === null) return [];
    const [, hours = '0', minutes = '0', seconds = '0', title = ''] = match;
    const startMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    return [{ startMs, title: title.trim().slice(0, 500) }];
  });
  const ends = [...chapters.slice(1).map(({ startMs }) => startMs), durationMs ?? Infinity];
  const isTaken =
    chapters.length >= 3 &&
    chapters[0]?.startMs === 0 &&
    chapters.every(({ startMs }, at) => ends[at]! - startMs >= 10_000);
  return isTaken ? chapters.slice(0, 1000) : [];
}
