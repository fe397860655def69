import { Temporal } from 'temporal-polyfill';
import { PatternPivotError } from './errors.ts';

/**
 * Moments and the clocks of a time zone. A moment is ms since 1970; a day is `2026-10-25`, and a time of day `18:00`, as clocks there show
 * them. Days are counted by the calendar, never as 24 hours: two a year are not.
 */

/** Of dates without a zone, which are read as if in UTC: there each day has as many. */
const dayMs = 86_400_000;

/** Whether there is such a zone: `Europe/Berlin`, `UTC`. A bare offset is none, since no clocks change in it. */
export function isTimeZone(zone: string): boolean {
  if (/^[+-]|\d{2}:/u.test(zone)) return false;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** The zone of this machine's clock; UTC where the system names none that is known. */
export function systemTimeZone(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isTimeZone(zone) ? zone : 'UTC';
}

/** The day that a moment lies on there. */
export function dayIn(zone: string, ms: number): string {
  return zoned(zone, ms).toPlainDate().toString();
}

/** The hour of the day that is nearest to a moment there, 0 to 23. */
export function hourIn(zone: string, ms: number): number {
  const { hour, minute } = zoned(zone, ms);
  return (minute < 30 ? hour : hour + 1) % 24;
}

/** How far two moments there are apart, in ms: as time goes by or as clocks show it, whichever is more. From 18:00 to 18:00 is always a day. */
export function apartIn(zone: string, one: number, other: number): number {
  const shown = (ms: number) => {
    const moment = zoned(zone, ms);
    return moment.epochMilliseconds + moment.offsetNanoseconds / 1e6;
  };
  return Math.max(Math.abs(one - other), Math.abs(shown(one) - shown(other)));
}

/** Another day, so many later. */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * dayMs).toISOString().slice(0, 10);
}

/** So many days lie between two, 1 for the next. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs);
}

/** A moment, and what clocks that change made of the time that was asked for. */
export type ClockMoment = {
  readonly ms: number;
  /** `skipped`: no clock shows that time on that day, and the moment is as much later. `twice`: clocks show it two times, and it is the first. */
  readonly change?: 'skipped' | 'twice';
};

/** The moment at which clocks there show a time of a day. */
export function momentAt(zone: string, day: string, time: string): ClockMoment {
  const wanted = Temporal.PlainDate.from(day).toPlainDateTime(Temporal.PlainTime.from(time));
  const first = wanted.toZonedDateTime(zone, { disambiguation: 'compatible' });
  const ms = first.epochMilliseconds;
  if (!first.toPlainDateTime().equals(wanted)) return { ms, change: 'skipped' };
  const last = wanted.toZonedDateTime(zone, { disambiguation: 'later' });
  return last.epochMilliseconds === ms ? { ms } : { ms, change: 'twice' };
}

/** `2026-10-25T18:00+01:00`: what clocks there show, and how far they are from UTC. */
export function formatIn(zone: string, ms: number): string {
  return zoned(zone, ms).toString({ smallestUnit: 'minute', timeZoneName: 'never' });
}

/** `Sun 25 Oct 2026, 18:00`. */
export function formatForPerson(zone: string, ms: number): string {
  const moment = zoned(zone, ms);
  const day = moment.toPlainDate().toLocaleString('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  });
  return `${day.replace(/^(\p{L}+),?/u, '$1')}, ${moment.toPlainTime().toString({ smallestUnit: 'minute' })}`;
}

/**
 * A moment as a person writes it: `2026-10-25 18:00` by the clocks there, `2026-10-25T18:00+01:00`, or `18:00`, `tomorrow 18:00`.
 * @throws input.moment
 */
export function readMoment(text: string, zone: string, nowMs: number): ClockMoment {
  const written = text.trim();
  const [, word, time] = /^(?:(today|tomorrow)\s+)?(\d{1,2}:\d{2})$/iu.exec(written) ?? [];
  try {
    if (time !== undefined) {
      const today = dayIn(zone, nowMs);
      const day = word?.toLowerCase() === 'tomorrow' ? addDays(today, 1) : today;
      return momentAt(zone, day, time.padStart(5, '0'));
    }
    const exact = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2})$/iu;
    if (exact.test(written)) {
      return { ms: Temporal.Instant.from(written.replace(' ', 'T')).epochMilliseconds };
    }
    const [, day, at] = /^(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2})$/u.exec(written) ?? [];
    if (day !== undefined && at !== undefined) return momentAt(zone, day, at.padStart(5, '0'));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  throw new PatternPivotError('input.moment', `This is no moment: ${written.slice(0, 60)}`, {
    hint: `Write it like "2026-11-25 18:00" (as clocks in ${zone} show it), 18:00, "tomorrow 18:00", or 2026-11-25T17:00Z.`,
    context: { zone },
  });
}

function zoned(zone: string, ms: number): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(Math.round(ms)).toZonedDateTimeISO(zone);
}
