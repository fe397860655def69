import { PatternPivotError } from '../../domain/errors.ts';
import type { PlayerChoice } from './choose-player.ts';
import type { SeekResult } from './page-video.ts';

/** What went wrong with a page and its video, in words. */

/** Where a browser shows no page of the web. */
export function noPage(): PatternPivotError {
  return new PatternPivotError(
    'provider.page_failed',
    'There is no page at that address: it leads nowhere, or to a file to download.',
    { hint: 'Open the address in a browser, and check it. A file is downloaded first, and then named.' },
  );
}

/** Where a page will not let its video stand still. */
export function restlessError(atSeconds: number): PatternPivotError {
  return new PatternPivotError(
    'provider.page_failed',
    `The page does not let its video stand still at ${describeSeconds(atSeconds)}.`,
    {
      hint: 'Try another time, or make the picture from the file: pivot screenshot talk.mp4 --at …',
      retryable: true,
    },
  );
}

/** What HTMLMediaElement's error codes mean (https://html.spec.whatwg.org/multipage/media.html#error-codes). */
const mediaErrors: Readonly<Record<number, string>> = {
  1: 'its loading was stopped',
  2: 'the network failed',
  3: 'it is damaged, or the browser cannot decode it',
  4: 'the browser cannot play its format, or there is nothing',
};

const formatHint =
  'Some builds of Chromium play neither H.264 nor AAC: name another browser (screenshots.binary), or make the picture from the file.';

/** Why no video of a page is ready to be shown. */
export function playerError(
  choice: Exclude<PlayerChoice, { status: 'ready' }>,
  asked: { readonly lastSeconds: number; readonly waitMs: number; readonly status: number | undefined },
): PatternPivotError {
  const { lastSeconds, waitMs, status } = asked;
  const waited = `${Math.round(waitMs / 1000)} s`;
  const video = choice.player?.video;
  const lasts = describeSeconds(video?.durationSeconds ?? 0);
  const context = { video, status };
  switch (choice.why) {
    case 'none': {
      const isRefused = status !== undefined && status >= 400;
      return isRefused
        ? new PatternPivotError('provider.page_failed', `The page's server answers with status ${status}.`, {
            hint: 'Open the address in a browser, and check it.',
            context,
          })
        : new PatternPivotError(
            'input.no_player',
            `There is no video on that page, or none came within ${waited}.`,
            {
              hint: 'Give the address of the page that plays it. A slow page is waited for with --wait 90.',
              context,
            },
          );
    }
    case 'live':
      return new PatternPivotError('input.live_video', 'That video is a live stream: it has no times yet.', {
        hint: 'Come back when it is over.',
        context,
      });
    case 'protected':
      return new PatternPivotError(
        'provider.video_protected',
        'That video is protected against copying: a browser shows its picture to nobody else.',
        {
          hint: 'Make the picture from your own file: pivot screenshot talk.mp4 --at …',
          context,
        },
      );
    case 'short':
      return new PatternPivotError(
        'input.time_outside',
        `The video on that page lasts ${lasts}, and ${describeSeconds(lastSeconds)} was asked for.`,
        {
          hint:
            choice.status === 'failed'
              ? 'Ask for an earlier time.'
              : 'Ask for an earlier time. If that was an advertisement, wait longer: --wait 120.',
          context,
        },
      );
    case 'advertisement':
      return new PatternPivotError(
        'provider.advertisement',
        `An advertisement plays there, and did not end within ${waited}.`,
        {
          hint: 'Wait longer: --wait 120.',
          retryable: true,
          context,
        },
      );
    case 'broken':
    case 'loading':
    case 'other': {
      const code = video?.errorCode;
      const why =
        code === undefined ? `nothing of it came within ${waited}` : (mediaErrors[code] ?? 'it failed');
      return new PatternPivotError(
        'provider.video_not_loaded',
        `The video on that page does not load: ${why}.`,
        {
          hint:
            code === undefined
              ? 'Wait longer with --wait 120, or make the picture from the file.'
              : formatHint,
          retryable: true,
          context,
        },
      );
    }
  }
}

/** Why a video does not show a time. */
export function seekError(
  { errorCode, isOutOfReach }: Extract<SeekResult, { status: 'failed' }>,
  atSeconds: number,
  waitMs: number,
): PatternPivotError {
  const code = errorCode ?? undefined;
  if (isOutOfReach && code === undefined) {
    return new PatternPivotError(
      'provider.video_not_loaded',
      `The video cannot be put to ${describeSeconds(atSeconds)}: its server sends no parts of files, only the whole.`,
      { hint: 'Make the picture from the file: pivot screenshot talk.mp4 --at …, or serve it with ranges.' },
    );
  }
  const why =
    code === undefined
      ? `nothing came within ${Math.round(waitMs / 1000)} s`
      : (mediaErrors[code] ?? 'it failed');
  return new PatternPivotError(
    'provider.video_not_loaded',
    `The video does not show ${describeSeconds(atSeconds)}: ${why}.`,
    {
      hint: 'Wait longer with --wait 120, or make the picture from the file.',
      retryable: true,
    },
  );
}

/** `0:05`, `1:02:03`. */
export function describeSeconds(value: number): string {
  const whole = Math.floor(value);
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, '0') : minutes}:${String(seconds).padStart(2, '0')}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
