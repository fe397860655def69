/** How long a budget lasts: a day or a month, as the calendar of a time zone has them. */
export type SpendingPeriod = { readonly per: 'day' | 'month'; readonly timeZone: string };

/** YouTube's quota is given anew at midnight Pacific time: https://developers.google.com/youtube/v3/getting-started#quota */
export const youtubeQuotaDay: SpendingPeriod = { per: 'day', timeZone: 'America/Los_Angeles' };

/** When the period began that a moment lies in, and when it ends, in ms since 1970. */
export function boundsOfPeriod(
  { per, timeZone }: SpendingPeriod,
  nowMs: number,
): { readonly startMs: number; readonly endMs: number } {
  const { year, month, day } = dateIn(timeZone, nowMs);
  if (per === 'day') {
    return {
      startMs: midnightOf(timeZone, Date.UTC(year, month - 1, day)),
      endMs: midnightOf(timeZone, Date.UTC(year, month - 1, day + 1)),
    };
  }
  return {
    startMs: midnightOf(timeZone, Date.UTC(year, month - 1, 1)),
    endMs: midnightOf(timeZone, Date.UTC(year, month, 1)),
  };
}

type WallTime = { year: number; month: number; day: number; hour: number; minute: number; second: number };

const formats = new Map<string, Intl.DateTimeFormat>();

function dateIn(timeZone: string, ms: number): WallTime {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  return parts as unknown as WallTime;
}

/** The moment at which clocks there show midnight of a day, which is given as if it were in UTC. */
function midnightOf(timeZone: string, wallMs: number): number {
  let ms = wallMs;
  // The second round is for a change of the clocks between the first guess and the midnight itself.
  for (let round = 0; round < 2; round++) {
    const { year, month, day, hour, minute, second } = dateIn(timeZone, ms);
    ms += wallMs - Date.UTC(year, month - 1, day, hour, minute, second);
  }
  return ms;
}
