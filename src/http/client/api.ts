/// <reference lib="dom" />
import type { Wish } from '../../recipes/decide.ts';
import type { ReviewMessage, ReviewSnapshot } from '../../recipes/review-snapshot.ts';

/** What went wrong, in words for the person at the page. */
export class ApiError extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError('pivot review is not running any more. Start it again in the terminal.', 0);
  }
  if (response.ok) return response;
  const body = (await response.json().catch(() => ({}))) as { error?: string; hint?: string };
  throw new ApiError(
    [body.error ?? 'That did not work.', body.hint].filter(Boolean).join(' '),
    response.status,
  );
}

const post = (path: string, body: unknown) =>
  ask(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** Trades the token of the address for a cookie, and takes it out of the address. */
export async function openSession(): Promise<void> {
  const token = location.hash.slice(1);
  if (!/^[\w-]{20,}$/u.test(token)) return;
  history.replaceState(null, '', '/');
  await post('/api/session', { token });
}

/** Everything as it is now. */
export async function readSnapshot(): Promise<ReviewSnapshot> {
  return (await ask('/api/snapshot')).json() as Promise<ReviewSnapshot>;
}

/** Decides something. */
export async function sendWish(wish: Wish): Promise<ReviewSnapshot> {
  return (await post('/api/decisions', wish)).json() as Promise<ReviewSnapshot>;
}

/** Says which clip is looked at; nothing is lost when that fails. */
export function sendFocus(clip: string): void {
  post('/api/focus', { clip }).catch(() => {});
}

/** Begins or stops rendering what is kept. */
export async function sendRender(isOn: boolean): Promise<void> {
  await ask('/api/render', { method: isOn ? 'POST' : 'DELETE' });
}

/** Listens to what happens on the server. The browser connects again by itself; `onLost` is told each time it has to. */
export function listen(onMessage: (message: ReviewMessage) => void, onLost: () => void): void {
  const events = new EventSource('/api/events');
  events.addEventListener('error', onLost);
  events.addEventListener('message', (event: MessageEvent<string>) => {
    const message = JSON.parse(event.data) as ReviewMessage;
    if (message.kind === 'ended') events.close();
    onMessage(message);
  });
}
