import { PatternPivotError } from '../../domain/errors.ts';
import { describeWebhook, type WebhookAnswer } from './webhook-request.ts';

/** What it means when a receiver does not take a message. */

/** The longest that a receiver may ask to be left alone, in ms: a week. */
const longestAskedMs = 604_800_000;

/** Whether the same message may be taken later: the receiver is busy, broken or too slow. */
export function mayPass(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** What `Retry-After` asks for, in ms from now; undefined where it is neither seconds nor a date (RFC 9110, 10.2.3). */
export function readRetryAfter(text: string | undefined, nowMs: number): number | undefined {
  const trimmed = text?.trim() ?? '';
  const askedMs = /^\d{1,12}$/u.test(trimmed)
    ? Number(trimmed) * 1000
    : trimmed.endsWith(' GMT')
      ? Date.parse(trimmed) - nowMs
      : Number.NaN;
  return Number.isNaN(askedMs) ? undefined : Math.min(Math.max(askedMs, 0), longestAskedMs);
}

/** That a message was not taken. `endsAt`: until when the receiver wants to be left alone, ISO 8601. */
export function describeRefusal(
  address: URL,
  { status, said }: WebhookAnswer,
  endsAt: string | undefined,
): PatternPivotError {
  const where = `The webhook at ${describeWebhook(address)}`;
  if (status >= 300 && status < 400) {
    return new PatternPivotError('provider.webhook_redirected', `${where} sends us elsewhere (${status}).`, {
      hint: 'No redirect is followed: set publish.webhook.url to where the receiver really is.',
      context: { host: address.host, status },
    });
  }
  return new PatternPivotError(
    'provider.webhook_refused',
    `${where} did not take the message: ${status}${said === '' ? '' : `, "${said}"`}.`,
    {
      retryable: mayPass(status),
      hint: hintOf(status),
      context: { host: address.host, status, ...(endsAt === undefined ? {} : { endsAt }) },
    },
  );
}

/** That a receiver wants no messages any more. */
export function describeGone(address: URL, at: string): PatternPivotError {
  return new PatternPivotError(
    'provider.webhook_gone',
    `The webhook at ${describeWebhook(address)} is gone for good: it said so (410) at ${at}.`,
    {
      hint: 'Nothing is sent there any more. Set publish.webhook.url, or PATTERNPIVOT_WEBHOOK_SECRET, to those of a new subscription.',
      context: { host: address.host, status: 410, at },
    },
  );
}

function hintOf(status: number): string {
  if (mayPass(status))
    return 'Run it again later: the message keeps its id, and the receiver drops what it has.';
  if (status === 400 || status === 401 || status === 403) {
    return "Check PATTERNPIVOT_WEBHOOK_SECRET against the receiver's, and the clock of this machine.";
  }
  return 'Check publish.webhook.url and what the receiver wants; a new try is not made by itself.';
}
