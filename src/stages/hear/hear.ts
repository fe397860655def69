import { createHash } from 'node:crypto';
import { z } from 'zod';
import { drawTerms, readGlossary } from '../../domain/glossary-terms.ts';
import { mainAudio, type AudioStream } from '../../domain/media.ts';
import { done, skipped, type Outcome } from '../../domain/outcome.ts';
import { loudnessSchema, type Sound } from '../../domain/sound.ts';
import { heardMembers, mixGainDb, type Source } from '../../domain/source.ts';
import { timeRangeSchema, type TimeRange } from '../../domain/time.ts';
import { wordSchema, type Transcript, type Word } from '../../domain/transcript.ts';
import { openAudio, type AudioInput } from '../../media/open-audio.ts';
import type { OpenSpeechDetector, SpeechDetector } from '../../ports/speech-detector.ts';
import type { AudioPiece, Transcriber } from '../../ports/transcriber.ts';
import type { StageCache, StageContext } from '../stage.ts';
import { describeDelivery } from './describe-delivery.ts';
import { finishGiven, finishHeard, keepInside } from './finish-transcript.ts';
import { addWords, findMissed } from './hear-again.ts';
import { assertUnderstood, chooseLanguage } from './language.ts';
import { silenceDbfs } from './level-meter.ts';
import { envelopeWindowMs, listen, sampleRateHz, samplesPerMs } from './listen.ts';
import { memberWindowMs, placeLevels, readLevels } from './member-levels.ts';
import { createPieceQueue } from './piece-queue.ts';
import { tellSpeakers, type SpeakerLevels } from './tell-speakers.ts';

/** How a source is to be heard. */
export type HearOptions = {
  /** Names and terms to be spelled right; those on the file itself are added. */
  readonly glossary: readonly string[];
  /** BCP 47 tag; it counts before what the file says. Default: what the file says, else what the transcriber understands. */
  readonly language?: string;
  /** Only this part of the source is read. Times stay those of the source. Default: all of it. */
  readonly range?: TimeRange;
  /** Given by the user: nothing is recognised then, but the sound is measured all the same. */
  readonly transcript?: Transcript;
};

/** What hearing takes from the world. */
export type HearPorts = {
  readonly transcriber: Transcriber;
  readonly openSpeechDetector: OpenSpeechDetector;
  readonly cache: StageCache;
};

/** What was said, and what the ear alone can tell. */
export type Heard = { readonly transcript: Transcript; readonly sound: Sound };

/** Counted up when the same sound would give other words or times. */
const hearVersion = 2;

/** Less sound than this makes no clip, in ms. */
const minLengthMs = 3000;

/** A track that is never louder than this in any 50 ms is silent, in dB relative to full scale. */
const silentBelowDbfs = -60;

/** What one pass over the sound gives, before names are put right: kept whole, so that another glossary costs nothing. */
const heardSoundSchema = z.strictObject({
  endMs: z.int().nonnegative(),
  loudness: loudnessSchema,
  envelopeDbfs: z.array(z.number()),
  speech: z.array(timeRangeSchema),
  words: z.array(wordSchema),
});
export type HeardSound = Readonly<z.infer<typeof heardSoundSchema>>;

const pieceSchema = z.array(wordSchema);

/**
 * Hears a source: reads its sound once, without decoding video, and gives its words with times, its sentences, speech, likely
 * fillers, level and loudness. Skipped: no audio track, less than 3 s, silence, no speech.
 * @throws input.transcript_mismatch, input.language_unsupported, input.language_unknown, input.glossary_term, input.glossary_too_long, and what
 * reading and the transcriber throw
 */
export async function hear(
  source: Source,
  options: HearOptions,
  ports: HearPorts,
  context: StageContext,
): Promise<Outcome<Heard>> {
  const given =
    options.transcript === undefined
      ? undefined
      : keepInside(options.transcript, { path: source.path, durationMs: source.info.durationMs });
  const glossary = [...readGlossary(options.glossary), ...drawTerms(source)];
  const stream = mainAudio(source.info);
  if (stream === undefined) return skipped('It has no audio track.');
  const said = { option: options.language, streamTag: stream.language };
  const language =
    given === undefined ? chooseLanguage(said, ports.transcriber) : (options.language ?? given.language);
  const range = boundRange(options.range, source.info.durationMs);
  const lengthMs = range.endMs - range.startMs;
  if (lengthMs < minLengthMs) return skipped(describeTooShort(lengthMs, options.range));

  const detector = await ports.openSpeechDetector();
  let heard: HeardSound;
  try {
    const request = { source, stream, range, isPart: options.range !== undefined };
    heard = await ports.cache.remember({
      name: given === undefined ? 'hear' : 'hear-sound',
      version: hearVersion,
      inputs: {
        contentHash: source.contentHash,
        streamIndex: stream.index,
        range: options.range === undefined ? undefined : range,
        members: source.members === undefined ? undefined : audioInputs(source).map(describeInput),
        detector: detector.model,
        transcriber: given === undefined ? ports.transcriber.model : undefined,
      },
      schema: heardSoundSchema,
      run: () => hearSound(request, given === undefined, detector, ports, context),
    });
  } finally {
    await detector.close();
  }
  const total = lengthMs / 1000;
  context.report({ done: total, total, unit: 's' });

  const sound: Sound = {
    durationMs: source.info.durationMs,
    loudness: heard.loudness,
    envelopeDbfs: placeEnvelope(heard.envelopeDbfs, range.startMs),
    envelopeWindowMs,
    speech: heard.speech,
  };
  const tell = await prepareSpeakers(source, ports, context);
  if (given !== undefined) {
    const about = { glossary, language: language ?? given.language, tell };
    const transcript = finishGiven(given, heard.speech, about);
    return done({
      transcript: { ...transcript, delivery: describeDelivery(sound, transcript.words) },
      sound,
    });
  }
  if (!heard.envelopeDbfs.some((level) => level > silentBelowDbfs))
    return skipped('Its audio track is silent.');
  // Once somebody has said which language it is, that is what it is.
  if (language === undefined) assertUnderstood({ ...heard, lengthMs }, ports.transcriber);
  if (heard.words.length === 0) {
    return skipped('Nobody speaks in it that could be understood: only music or other sounds.');
  }
  const transcript = finishHeard(heard, {
    glossary,
    language: language ?? defaultLanguage(ports.transcriber),
    source: ports.transcriber.model,
    durationMs: Math.max(source.info.durationMs, heard.endMs),
    tell,
  });
  return done({ transcript: { ...transcript, delivery: describeDelivery(sound, transcript.words) }, sound });
}

/** Where the microphones of a recording lie, and how loud each goes into the mix. */
function audioInputs(source: Source): AudioInput[] {
  return heardMembers(source).map((member) => {
    const { path, info, offsetMs, driftPpm } = member;
    const streamIndex = mainAudio(info)?.index;
    return { path, streamIndex, offsetMs, driftPpm, gainDb: mixGainDb(member) };
  });
}

/** What of an input the words depend on; whose bytes they are the source's own hash says. */
function describeInput({ streamIndex, offsetMs, driftPpm, gainDb }: AudioInput): unknown {
  return { streamIndex, offsetMs, driftPpm, gainDb };
}

/** Says who speaks, where the speakers' own microphones are known. */
async function prepareSpeakers(
  source: Source,
  ports: HearPorts,
  context: StageContext,
): Promise<((words: readonly Word[]) => Word[]) | undefined> {
  const microphones: SpeakerLevels[] = [];
  for (const member of heardMembers(source)) {
    if (member.speaker === undefined) continue;
    const levels = await readLevels(member, ports, context);
    microphones.push({
      speaker: member.speaker,
      levelsDbfs: placeLevels(member, levels, source.info.durationMs),
    });
  }
  return microphones.length < 2 ? undefined : (words) => tellSpeakers(words, microphones, memberWindowMs);
}

function defaultLanguage(transcriber: Transcriber): string {
  return transcriber.languages === 'any' ? 'und' : (transcriber.languages[0] ?? 'und');
}

function boundRange(range: TimeRange | undefined, durationMs: number): TimeRange {
  const endMs = Math.min(range?.endMs ?? durationMs, durationMs);
  return { startMs: Math.min(range?.startMs ?? 0, endMs), endMs };
}

function describeTooShort(lengthMs: number, range: TimeRange | undefined): string {
  const seconds = Math.round(lengthMs / 100) / 10;
  const what = range === undefined ? 'It is' : 'The part that was asked for is';
  return `${what} only ${seconds} ${seconds === 1 ? 'second' : 'seconds'} long; at least ${minLengthMs / 1000} are needed.`;
}

/** An envelope counts from the source's start: what was not read is silence. */
function placeEnvelope(levels: readonly number[], startMs: number): number[] {
  const before = Math.round(startMs / envelopeWindowMs);
  return [...Array.from({ length: before }, () => silenceDbfs), ...levels];
}

async function hearSound(
  request: { source: Source; stream: AudioStream; range: TimeRange; isPart: boolean },
  isRecognised: boolean,
  detector: SpeechDetector,
  ports: HearPorts,
  context: StageContext,
): Promise<HeardSound> {
  const { source, stream, range, isPart } = request;
  // When one part fails, the others must not go on.
  const stop = new AbortController();
  const signal = AbortSignal.any([context.signal, stop.signal]);
  const queue = createPieceQueue(ports.transcriber, signal);
  const blocks = openAudio(source.members === undefined ? source.path : audioInputs(source), {
    ...(source.members === undefined ? { streamIndex: stream.index } : {}),
    sampleRateHz,
    ...(isPart ? { fromMs: range.startMs, toMs: range.endMs } : {}),
    signal,
  });
  const recognise = async (piece: AudioPiece): Promise<Word[]> => {
    const words = await ports.cache.remember({
      name: 'hear-piece',
      version: hearVersion,
      inputs: { samples: hashSamples(piece.samples), model: ports.transcriber.model },
      schema: pieceSchema,
      run: async () => moveWords((await queue.transcribe(piece)).words, -piece.startMs),
    });
    return moveWords(words, piece.startMs);
  };
  const recogniseFully = async (piece: AudioPiece, speech: readonly TimeRange[]): Promise<Word[]> => {
    const words = await recognise(piece);
    const endMs = piece.startMs + Math.round(piece.samples.length / samplesPerMs);
    const missed = findMissed({ startMs: piece.startMs, endMs }, speech, words);
    return addWords(words, await Promise.all(missed.map((part) => recognise(takePart(piece, part)))));
  };
  const total = (range.endMs - range.startMs) / 1000;
  try {
    const listened = await listen({
      blocks,
      range: isPart ? range : { startMs: 0, endMs: Math.max(range.endMs, Number.MAX_SAFE_INTEGER) },
      detector,
      recognise: isRecognised ? recogniseFully : undefined,
      onStall: queue.hurry,
      onProgress: (doneMs) => context.report({ done: Math.min(total, doneMs / 1000), total, unit: 's' }),
      signal,
    });
    return {
      endMs: listened.endMs,
      loudness: blocks.loudness(),
      envelopeDbfs: [...listened.envelopeDbfs],
      speech: [...listened.speech],
      words: [...listened.words],
    };
  } catch (error) {
    stop.abort();
    context.signal.throwIfAborted();
    throw error;
  }
}

function takePart(piece: AudioPiece, part: TimeRange): AudioPiece {
  const from = (part.startMs - piece.startMs) * samplesPerMs;
  const to = (part.endMs - piece.startMs) * samplesPerMs;
  return { startMs: part.startMs, samples: piece.samples.slice(from, to) };
}

function hashSamples(samples: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
    .digest('hex');
}

/** The same words `byMs` later, never before 0. */
function moveWords(words: readonly Word[], byMs: number): Word[] {
  return words.map((word) => {
    const startMs = Math.max(0, Math.round(word.startMs + byMs));
    return Object.assign({}, word, { startMs, endMs: Math.max(startMs, Math.round(word.endMs + byMs)) });
  });
}
