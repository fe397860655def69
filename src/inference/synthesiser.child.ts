import { open, readFile, type FileHandle } from 'node:fs/promises';
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { SoundBankLoader, SpessaSynthProcessor, type BasicSoundBank } from 'spessasynth_core';
import { StbVorbis } from 'stb-vorbis';
import { withFileErrors } from '../domain/file-error.ts';
import type { Score } from '../domain/score.ts';
import { serveParent, type MethodContext } from '../process/child.ts';
import { floatWavHead, floatWavHeadBytes } from './float-wav.ts';
import { balanceParts, createLevelMeter, gainAt, rideLevels, type LevelMeter } from './mix-levels.ts';
import { channelsOf, listEvents } from './score-events.ts';
import { synthesiserSampleRateHz as rateHz, type SynthesiserRequest } from './synthesiser.ts';

/** The process in which scores are played: decoding the sounds and mixing hundreds of them block everything else. */

/** Samples that are made at once; notes may cut them shorter. */
const blockSamples = 128;

/** How much is written at once, in samples: a second. */
const writeSamples = rateHz;

/** How much of a score is played to hear how loud its parts are, in samples: two minutes are enough. */
const mostMeasuredSamples = 120 * rateHz;

/** MIDI's controllers that are set. */
const controllers = { pan: 10, reverb: 91, chorus: 93 } as const;

/** Shares of the work: hearing the parts, playing, levelling. */
const shares = { balance: 0.25, play: 0.9 } as const;

let font: Promise<BasicSoundBank> | undefined;

serveParent({ play });

/** Samples of one side or both, by channel of the synthesiser. */
type Outputs = readonly (readonly [Float32Array, Float32Array])[];

async function play(request: SynthesiserRequest, context: MethodContext): Promise<void> {
  font ??= loadFont(request.soundFontPath).catch((error: unknown) => {
    font = undefined;
    throw error;
  });
  const bank = await font;
  const { score, path } = request;
  const gains = await measureParts(score, bank, context);
  await withFileErrors(path, async () => {
    const file = await open(path, 'w+');
    try {
      const powers = await perform(score, { bank, gains, file }, context);
      await level(score, rideLevels(score, powers), file, context);
    } finally {
      await file.close();
    }
  });
}

async function loadFont(path: string): Promise<BasicSoundBank> {
  await StbVorbis.ready;
  const { buffer, byteOffset, byteLength } = await readFile(path);
  return SoundBankLoader.fromArrayBuffer(buffer.slice(byteOffset, byteOffset + byteLength));
}

async function openSynth(
  { parts }: Score,
  bank: BasicSoundBank,
  gains: readonly number[] | undefined,
): Promise<SpessaSynthProcessor> {
  const synth = new SpessaSynthProcessor(rateHz, {
    maxBufferSize: blockSamples,
    eventsEnabled: false,
    effectsEnabled: gains !== undefined,
  });
  await synth.processorInitialized;
  synth.soundBankManager.addSoundBank(bank, 'main');
  for (const [index, channel] of channelsOf(parts).entries()) {
    const { program, pan, reverb } = parts[index]!;
    synth.programChange(channel, program);
    synth.controllerChange(channel, controllers.pan, Math.round(64 + pan * 63));
    synth.controllerChange(channel, controllers.reverb, Math.round(reverb * 127));
    synth.controllerChange(channel, controllers.chorus, 0);
    synth.midiChannels[channel]?.setSystemParameter('gain', gains?.[index] ?? 1);
  }
  return synth;
}

/** Plays the parts for themselves, without the room, and tells what each is to be multiplied with. */
async function measureParts(score: Score, bank: BasicSoundBank, context: MethodContext): Promise<number[]> {
  const synth = await openSynth(score, bank, undefined);
  const channels = channelsOf(score.parts);
  const meters = channels.map(() => createLevelMeter());
  const outputs: Outputs = Array.from({ length: 16 }, () => [
    new Float32Array(blockSamples),
    new Float32Array(blockSamples),
  ]);
  const nowhere = new Float32Array(blockSamples);
  const total = Math.min(mostMeasuredSamples, samplesOf(score));
  const clearing = channels.map((channel) => outputs[channel]!);
  for (const count of playEvents(score, synth, total)) {
    for (const [left, right] of clearing) {
      left.fill(0);
      right.fill(0);
    }
    synth.processSplit(
      outputs.map(([left, right]) => [left, right]),
      nowhere,
      nowhere,
      0,
      count.samples,
    );
    for (const [index, [left, right]] of clearing.entries()) meters[index]!.add(left, right, count.samples);
    await breathe(context, (count.at / total) * shares.balance);
  }
  return balanceParts(
    score.parts,
    meters.map((meter) => meter.powers()),
  );
}

/** Plays a score into a file; how loud it was, by window. */
async function perform(
  score: Score,
  { bank, gains, file }: { bank: BasicSoundBank; gains: readonly number[]; file: FileHandle },
  context: MethodContext,
): Promise<number[]> {
  const synth = await openSynth(score, bank, gains);
  const total = samplesOf(score);
  await file.write(floatWavHead(total, rateHz), 0, floatWavHeadBytes, 0);
  const left = new Float32Array(blockSamples);
  const right = new Float32Array(blockSamples);
  const meter: LevelMeter = createLevelMeter();
  const block = new Float32Array(writeSamples * 2);
  let filled = 0;
  const flush = async () => {
    const bytes = Buffer.from(block.buffer, 0, filled * 4);
    await file.writev([bytes], floatWavHeadBytes + written * 4);
    written += filled;
    filled = 0;
  };
  let written = 0;
  for (const { at, samples } of playEvents(score, synth, total)) {
    left.fill(0);
    right.fill(0);
    synth.process(left, right, 0, samples);
    meter.add(left, right, samples);
    if (filled + samples * 2 > block.length) await flush();
    for (let index = 0; index < samples; index++) {
      block[filled++] = left[index]!;
      block[filled++] = right[index]!;
    }
    await breathe(context, shares.balance + (at / total) * (shares.play - shares.balance));
  }
  await flush();
  return meter.powers();
}

/** Moves the level of what was played to where it is wanted, in the file. */
async function level(
  score: Score,
  gainsDb: readonly number[],
  file: FileHandle,
  context: MethodContext,
): Promise<void> {
  const total = samplesOf(score);
  const block = new Float32Array(writeSamples * 2);
  for (let from = 0; from < total; from += writeSamples) {
    const samples = Math.min(writeSamples, total - from);
    const bytes = Buffer.from(block.buffer, 0, samples * 8);
    const position = floatWavHeadBytes + from * 8;
    await file.read(bytes, 0, bytes.length, position);
    for (let index = 0; index < samples; index++) {
      const gain = gainAt(from + index, gainsDb, score);
      block[index * 2]! *= gain;
      block[index * 2 + 1]! *= gain;
    }
    await file.writev([bytes], position);
    await breathe(context, shares.play + (from / total) * (1 - shares.play));
  }
}

/** Gives the synthesiser its notes in time: the blocks in between, from one to the next. */
function* playEvents(
  score: Score,
  synth: SpessaSynthProcessor,
  total: number,
): Generator<{ readonly at: number; readonly samples: number }> {
  const events = listEvents(score, rateHz);
  let next = 0;
  for (let at = 0; at < total;) {
    for (let event = events[next]; event !== undefined && event.sample <= at; event = events[++next]) {
      if (event.kind === 'on') synth.noteOn(event.channel, event.pitch, event.velocity);
      else synth.noteOff(event.channel, event.pitch);
    }
    const samples = Math.min(blockSamples, (events[next]?.sample ?? total) - at, total - at);
    yield { at, samples };
    at += samples;
  }
}

function samplesOf({ durationMs }: Score): number {
  return Math.round((durationMs * rateHz) / 1000);
}

let breathedAtMs = performance.now();

/** Lets a message of the parent in, a wish to stop, and tells how far it is. */
async function breathe({ signal, emit }: MethodContext, share: number): Promise<void> {
  if (performance.now() < breathedAtMs + 60) return;
  emit(share);
  await yieldToEvents();
  signal.throwIfAborted();
  breathedAtMs = performance.now();
}
