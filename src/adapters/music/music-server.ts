import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PatternPivotError } from '../../domain/errors.ts';
import { withFileErrors } from '../../domain/file-error.ts';
import type { MusicBrief } from '../../domain/music.ts';
import { masterSound } from '../../media/master-sound.ts';
import { probeMedia } from '../../media/probe.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Meter } from '../../ports/meter.ts';
import type { Music } from '../../ports/music.ts';
import { toProviderError } from '../chat/provider-errors.ts';
import { describeBrief, finishMusic } from './finish-music.ts';
import { longestPlaySeconds } from './musicgen-local.ts';
import { musicProtocols, type MusicProtocolName } from './music-protocols.ts';

/** A server that makes music. */
export type MusicServerOptions = {
  readonly baseUrl: string;
  readonly protocol: MusicProtocolName;
  /** What the server calls the model, where it has several. */
  readonly model?: string | undefined;
  readonly terms: Pick<Music['terms'], 'licence' | 'mayEarnMoney'>;
  /** Never taken from the environment by an adapter: the caller gives it. */
  readonly apiKey?: string | undefined;
  /** Counts what every request uses. */
  readonly meter?: Meter | undefined;
  /** How long one answer may take, in ms. */
  readonly timeoutMs: number;
  /** Wait before the second try, in ms; doubled before the third, unless the server says how long. Default: 1000. */
  readonly firstDelayMs?: number;
};

/** Tries in all, where an error is of the kind that passes. */
const maxTries = 3;

/** Ten minutes of stereo in floats are 230 MB; what is asked for is half a minute. */
const mostAnswerBytes = 300_000_000;

/** Less than this is no music, in ms. */
const leastMs = 500;

/** Asking is slow, and nothing is told on the way. */
const askShare = 0.9;

/** Music from a server of MusicGen or the like. What comes back is looked at before it is believed. */
export function createMusicServer(options: MusicServerOptions): Music {
  const address = readAddress(options.baseUrl);
  const protocol = musicProtocols[options.protocol];
  const model = options.model ?? 'musicgen';
  return {
    model: `${options.protocol}:${model}`.slice(0, 200),
    terms: { ...options.terms, isSynthetic: true },
    /** @throws provider.*, conflict.budget_reached, input.price_unknown, cancelled.* */
    make(brief, path, { signal, report }) {
      return withTemporaryFolder('music', async (folder) => {
        const seconds = Math.min(longestPlaySeconds, brief.durationMs / 1000);
        const melody = protocol.readsMelody ? await readMelody(brief, folder, signal) : undefined;
        const request = protocol.request({
          model: options.model,
          prompt: describeBrief(brief),
          seconds,
          brief,
          ...(melody === undefined ? {} : { melody }),
        });
        report(0);
        const answer = join(folder, 'answer');
        await retrying(() => askOnce({ ...request, seconds, path: answer }, signal), signal);
        const played = join(folder, 'played');
        await protocol.unpack(answer, played, address.host);
        const lengthMs = await lengthOf(played);
        report(askShare);
        await finishMusic({ path: played, lengthMs }, brief, path, {
          signal,
          report: (share) => report(askShare + share * (1 - askShare)),
        });
      });
    },
    close: async () => {},
  };

  async function retrying(run: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run();
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof PatternPivotError) || !error.retryable || attempt >= maxTries) throw error;
        const asked = error.context['retryAfterMs'];
        const delayMs =
          typeof asked === 'number' ? asked : (options.firstDelayMs ?? 1000) * 2 ** (attempt - 1);
        await sleep(delayMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async function askOnce(
    { route, body, seconds, path }: { route: string; body: unknown; seconds: number; path: string },
    signal: AbortSignal,
  ): Promise<void> {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const use = { requests: 1, seconds: Math.ceil(seconds) };
    const call = await options.meter?.begin(use);
    let wasRefused = false;
    try {
      const response = await fetch(routeOf(address, route), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'audio/wav, audio/*;q=0.9, application/json;q=0.8',
          ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }),
        },
        body: JSON.stringify(body),
        // A key and a prompt go where they were meant to go.
        redirect: 'error',
        signal: AbortSignal.any([signal, timeout]),
      });
      if (!response.ok || response.body === null) {
        wasRefused = true;
        await response.body?.cancel().catch(() => {});
        throw Object.assign(new Error('refused'), { status: response.status, headers: response.headers });
      }
      await withFileErrors(path, () =>
        pipeline(Readable.fromWeb(response.body as never), limitBytes, createWriteStream(path)),
      );
      await call?.end(use);
    } catch (error) {
      // What was sent and not answered may have been worked on: it stays booked.
      if (wasRefused) await call?.end({}).catch(() => {});
      signal.throwIfAborted();
      throw toProviderError(error, {
        address,
        model,
        timedOut: timeout.aborted,
        timeoutMs: options.timeoutMs,
      });
    }
  }

  async function lengthOf(path: string): Promise<number> {
    const info = await probeMedia(path).catch(() => undefined);
    const lengthMs = info?.audio.length === 0 ? 0 : (info?.durationMs ?? 0);
    if (lengthMs >= leastMs) return lengthMs;
    throw new PatternPivotError(
      'provider.answer_unusable',
      `${address.host} sent no sound that can be played.`,
      {
        hint: 'Check music.protocol, music.model and what the server wrote into its log.',
        context: { address: address.host, model },
      },
    );
  }

  async function* limitBytes(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const block of blocks) {
      bytes += block.byteLength;
      if (bytes > mostAnswerBytes) {
        throw new PatternPivotError(
          'provider.answer_too_large',
          `${address.host} sent an answer of more than ${mostAnswerBytes / 1e6} MB.`,
          { hint: 'Check music.baseUrl: this is no server of music.' },
        );
      }
      yield block;
    }
  }
}

/** What a model may follow of a recording: its first half minute, as a WAV. */
async function readMelody(
  { melodyPath, durationMs }: MusicBrief,
  folder: string,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (melodyPath === undefined) return undefined;
  const path = join(folder, 'melody.wav');
  const heardMs = Math.min(durationMs, longestPlaySeconds * 1000);
  await masterSound(
    { from: melodyPath, to: path, durationMs: heardMs, integratedLufs: -16, truePeakDbtp: -1.5 },
    { signal },
  );
  return readFile(path);
}

/** @throws input.music_address_invalid */
function readAddress(baseUrl: string): URL {
  const address = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    address !== undefined &&
    /^https?:$/u.test(address.protocol) &&
    `${address.username}${address.password}` === ''
  ) {
    return address;
  }
  throw new PatternPivotError(
    'input.music_address_invalid',
    'The address of the music server cannot be used.',
    {
      hint: 'Set music.baseUrl to one such as http://localhost:8080; a key goes into the variable PATTERNPIVOT_MUSIC_API_KEY.',
    },
  );
}

function routeOf(base: URL, route: string): URL {
  const address = new URL(base);
  if (route !== '') address.pathname = `${base.pathname.replace(/\/+$/u, '')}/${route}`;
  return address;
}
