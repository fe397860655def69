import { PatternPivotError } from '../../domain/errors.ts';
import type { Publication } from '../../ports/publisher.ts';
import type { InstagramCaller } from './instagram-call.ts';
import {
  assertPostsLeft,
  captionOf,
  createContainer,
  findMedia,
  keyOfFields,
  publishContainer,
  readContainer,
  readSentBytes,
  toContainerFields,
  type ContainerState,
} from './instagram-container.ts';
import type { Container, HeldReel } from './instagram-record.ts';
import { sendFilm } from './instagram-send.ts';

/** From a film to a post: a container, its bytes, Instagram's look at it, and the word to publish. */

/** What a reel is brought out with. */
export type StepParts = {
  readonly caller: InstagramCaller;
  readonly accountId: string;
  readonly uploadUrl: string;
  readonly isShownInFeed: boolean;
  readonly held: HeldReel;
  readonly now: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
};

type Tell = (share: number, what: string) => void;

/** A container that will never be published, and why not. */
type Ended = { readonly why: PatternPivotError };

/** So many containers in one run: each broke. An account may begin 400 in 24 hours. */
const maxContainers = 3;

/** So often the bytes of one container are begun, in one run. */
const maxSends = 6;

/** So often Instagram is asked to publish what is ready, in one run. */
const maxPublishes = 3;

/** After it was asked to publish without an answer, what the container says is not the last word before so long, in ms. */
const settleMs = 60_000;

/** A container is asked about once a minute when it takes long, as its guide wants, and sooner at first; so long in one run, in ms. */
const firstLookMs = 3000;
const longestLookMs = 60_000;
const patienceMs = 900_000;

/** After these it may have been carried out or not. */
const unsure: ReadonlySet<string> = new Set(['provider.instagram_unreachable', 'provider.instagram_failed']);

/** What no other try mends: a film or words that Instagram does not take, an account that may not. */
const finalSubcodes: ReadonlySet<number> = new Set([
  2_207_004, 2_207_005, 2_207_009, 2_207_010, 2_207_023, 2_207_026, 2_207_040, 2_207_050, 2_207_051,
]);

/**
 * Brings a reel out, or finds out that it is. @returns the post's id, which is written down; empty where it is out and nobody says as which
 * @throws provider.instagram_*, input.instagram_*, conflict.instagram_limit, conflict.upload_taken, input.film_changed, an AbortError
 */
export async function bringReel(parts: StepParts, publication: Publication, tell: Tell): Promise<string> {
  const { held, caller, accountId } = parts;
  for (let begun = 0; ;) {
    const { container } = held.value;
    if (container !== undefined) {
      const outcome = await follow(parts, container, publication, tell);
      if (typeof outcome === 'string') return outcome;
      if (begun === maxContainers) throw outcome.why;
      await held.save({ container: undefined });
    }
    await assertPostsLeft(caller, accountId);
    await begin(parts, publication);
    begun++;
  }
}

async function begin(
  { caller, accountId, uploadUrl, isShownInFeed, held }: StepParts,
  publication: Publication,
): Promise<void> {
  const fields = toContainerFields(publication, { isShownInFeed });
  await held.save({});
  const { id, uri } = await createContainer(caller, accountId, fields);
  await held.save({
    container: {
      id,
      uploadPath: pathOf(uri, uploadUrl) ?? `/ig-api-upload/${caller.version}/${id}`,
      metadataKey: keyOfFields(fields),
      isSent: false,
    },
  });
}

/** The path of an address at the upload server; undefined where it is elsewhere: the token goes nowhere else. */
function pathOf(uri: string | undefined, uploadUrl: string): string | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const { origin, pathname, search } = new URL(uri);
  const path = `${pathname}${search}`;
  return origin === new URL(uploadUrl).origin && path.length <= 500 ? path : undefined;
}

/** Follows a container to its end. @returns the post, or why there will be none of it */
async function follow(
  parts: StepParts,
  container: Container,
  publication: Publication,
  tell: Tell,
): Promise<string | Ended> {
  const { caller, held, isShownInFeed, now, sleep } = parts;
  let state = await readContainer(caller, container.id);
  if (container.askedAt === undefined) {
    const key = keyOfFields(toContainerFields(publication, { isShownInFeed }));
    if (state.code === 'IN_PROGRESS' || state.code === 'FINISHED') {
      if (key !== container.metadataKey) return { why: otherWords() };
    }
  }
  if (state.code === 'IN_PROGRESS' && !container.isSent) {
    const refused = await send(parts, container, publication, tell);
    if (refused !== undefined) return { why: refused };
    await held.save({ container: { ...container, isSent: true } });
  }
  tell(0.9, 'Instagram looks at it');
  for (let publishes = 0; ; publishes++) {
    const { askedAt } = held.value.container ?? {};
    state = await waitFor(parts, container.id);
    if (state.code !== 'PUBLISHED' && askedAt !== undefined) {
      // It may be on its way still, whatever the container says: then it says so in a moment.
      await sleep(Math.max(0, Date.parse(askedAt) + settleMs - now()), caller.signal);
      state = await waitFor(parts, container.id);
    }
    const isAsked = askedAt !== undefined || state.code === 'PUBLISHED';
    const found = state.code === 'FINISHED' || !isAsked ? undefined : await find(parts, publication);
    if (state.code === 'PUBLISHED' || found !== undefined) return writeOut(parts, found ?? '');
    if (state.code === 'GONE' && isAsked) throw undecided();
    if (state.code !== 'FINISHED') return { why: judge(state) };
    if (publishes === maxPublishes) throw unpublished();
    const mediaId = await publish(parts, held.value.container ?? container);
    if (mediaId !== undefined) return mediaId;
  }
}

/** Asks to publish what is ready. @returns undefined where it cannot be told whether that worked: the container knows */
async function publish(parts: StepParts, container: Container): Promise<string | undefined> {
  const { caller, accountId, held, now } = parts;
  await held.save({ container: { ...container, isSent: true, askedAt: new Date(now()).toISOString() } });
  try {
    return await writeOut(parts, await publishContainer(caller, accountId, container.id));
  } catch (error) {
    if (!(error instanceof PatternPivotError)) throw error;
    // A lost answer, or "not ready yet" of what said otherwise a moment ago.
    if (unsure.has(error.code) || error.context['subcode'] === 2_207_027) return undefined;
    const { code } = await readContainer(caller, container.id);
    if (code === 'PUBLISHED') return undefined;
    throw error;
  }
}

/** Sends the film into a container. @returns why this container will not take it; undefined where it has all */
async function send(
  { caller, uploadUrl, held, sleep }: StepParts,
  container: Container,
  { film }: Publication,
  tell: Tell,
): Promise<PatternPivotError | undefined> {
  const { signal, token } = caller;
  const address = new URL(container.uploadPath, uploadUrl);
  for (let tries = 1; ; tries++) {
    try {
      // A container that was just begun has nothing; what was broken off may have some.
      const there = (await readSentBytes(caller, container.id)) ?? 0;
      if (there >= film.sizeBytes) return undefined;
      await sendFilm({
        address,
        token,
        path: film.path,
        from: there,
        sizeBytes: film.sizeBytes,
        signal,
        idleMs: caller.timeouts.idleMs,
        onSent: async (sentBytes) => {
          await held.save({});
          tell((0.85 * sentBytes) / film.sizeBytes, 'uploading');
        },
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof PatternPivotError) || error.kind !== 'provider') throw error;
      if (error.code === 'provider.instagram_upload') return error;
      const state = await readContainer(caller, container.id);
      // The answer was lost, and the film was not.
      if (state.code === 'FINISHED' || state.code === 'PUBLISHED') return undefined;
      if (state.code !== 'IN_PROGRESS') return judge(state);
      if (tries === maxSends) throw error;
      await held.save({});
      await sleep(1000 * 2 ** tries, signal);
    }
  }
}

/** Waits until a container is anything but in progress. @throws provider.instagram_slow */
async function waitFor({ caller, held, now, sleep }: StepParts, id: string): Promise<ContainerState> {
  const startedMs = now();
  for (let ms = firstLookMs; ; ms = Math.min(longestLookMs, ms * 2)) {
    await held.save({});
    const state = await readContainer(caller, id);
    if (state.code !== 'IN_PROGRESS') return state;
    if (now() - startedMs > patienceMs) throw slow();
    await sleep(ms, caller.signal);
  }
}

/** Writes down that it is out. */
async function writeOut({ held }: StepParts, mediaId: string): Promise<string> {
  return (await held.mark({ mediaId })).mediaId ?? mediaId;
}

/** The post that came of what was asked for, by its words and its time; undefined where there is none, or several. */
async function find(
  { caller, accountId, held }: StepParts,
  publication: Publication,
): Promise<string | undefined> {
  const since = held.value.container?.askedAt ?? held.value.startedAt;
  const wanted = { caption: captionOf(publication), sinceMs: Date.parse(since) };
  return (await findMedia(caller, accountId, wanted))?.id;
}

/** Why there will be no post of a container. @throws provider.instagram_rejected where another would fare no better */
function judge({ code, said, subcode }: ContainerState): PatternPivotError {
  const message = `Instagram could not make a reel of it${said === '' ? '' : `: "${said}"`}`;
  if (subcode !== undefined && finalSubcodes.has(subcode)) {
    throw new PatternPivotError('provider.instagram_rejected', message, {
      hint: 'The film or the account is not taken; the number is explained in the error codes of the Instagram platform.',
      context: { subcode },
    });
  }
  return new PatternPivotError('provider.instagram_failed', message, {
    retryable: true,
    hint: 'Run it again later: nothing was published.',
    context: { state: code, ...(subcode === undefined ? {} : { subcode }) },
  });
}

function otherWords(): PatternPivotError {
  return new PatternPivotError('provider.instagram_failed', 'Its words or marks changed meanwhile.', {
    retryable: true,
    hint: 'Run it again: it is sent with the new ones.',
  });
}

function slow(): PatternPivotError {
  return new PatternPivotError('provider.instagram_slow', 'Instagram is still looking at the film.', {
    retryable: true,
    hint: 'Run it again in a few minutes: nothing is sent again.',
  });
}

function unpublished(): PatternPivotError {
  return new PatternPivotError(
    'provider.instagram_failed',
    'Instagram has the film, and does not publish it.',
    {
      retryable: true,
      hint: 'Run it again in a few minutes: nothing is sent again.',
    },
  );
}

function undecided(): PatternPivotError {
  return new PatternPivotError(
    'provider.instagram_undecided',
    'Instagram was asked to publish it, and does not say whether it did.',
    {
      retryable: true,
      hint: 'Look at the account. Nothing is sent again by itself; where it is not there, add the film as a new file.',
    },
  );
}
