/** How far words of captions are from their true times, before and after they are aligned to the sound. */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { createMoonshine } from '../src/adapters/transcriber/moonshine.ts';
import { openSilero } from '../src/adapters/speech-detector/silero.ts';
import { parseCaptionFile } from '../src/domain/caption-files.ts';
import { groupSentences, type Transcript, type Word } from '../src/domain/transcript.ts';
import { probeMedia } from '../src/media/probe.ts';
import { hear } from '../src/stages/hear/hear.ts';
import { alignCaptions } from '../src/stages/match/align-captions.ts';
import { recordingPath } from '../test/recordings.ts';

/** Captions of lines this long, in ms, as people write them. */
const lineMs = 4000;

/** Compares with YouTube's own word times, and with those of the word-timing recordings. */
export async function run(): Promise<void> {
  const transcriber = createMoonshine();
  try {
    const vtt = recordingPath('video/still-image-audiobook/manifesto.vtt');
    const mp4 = recordingPath('video/still-image-audiobook/manifesto.mp4');
    if (vtt !== undefined && mp4 !== undefined) {
      const truth = parseCaptionFile(await readFile(vtt, 'utf8'), vtt).words;
      await compare("YouTube's word times", [{ path: mp4, truth }], transcriber);
    }
    for (const set of ['emu-ae', 'praatio', 'mfa-tests']) await compare(set, await readSet(set), transcriber);
  } finally {
    await transcriber.close();
  }
}

type Timed = { readonly path: string; readonly truth: readonly Word[] };

async function readSet(name: string): Promise<Timed[]> {
  const folder = recordingPath(`word-timing/${name}`);
  if (folder === undefined) return [];
  const recordings = JSON.parse(await readFile(`${folder}/words.json`, 'utf8')) as {
    audio: string;
    words: { word: string; start: number; end: number }[];
  }[];
  return recordings.map(({ audio, words }) => ({
    path: `${folder}/${audio}`,
    truth: words.map(({ word, start, end }) => ({
      text: word,
      startMs: Math.round(start * 1000),
      endMs: Math.round(end * 1000),
      confidence: 1,
    })),
  }));
}

async function compare(
  title: string,
  recordings: readonly Timed[],
  transcriber: ReturnType<typeof createMoonshine>,
): Promise<void> {
  const [spread, aligned]: [number[], number[]] = [[], []];
  let pairs = 0;
  let words = 0;
  const startedAt = performance.now();
  for (const { path, truth } of recordings) {
    const captions = toLines(truth, basename(path, extname(path)));
    const info = await probeMedia(path);
    const context = { signal: new AbortController().signal, report: () => {} };
    const cache = {
      remember: <T>(work: { run(): Promise<T> }) => work.run(),
      rememberFile: () => Promise.reject(new Error('no file is made')),
    };
    const heard = await hear(
      { path, contentHash: path, info },
      { glossary: [], language: 'en' },
      { transcriber, openSpeechDetector: openSilero, cache },
      context,
    );
    if (heard.status === 'skipped') continue;
    const { transcript, heardShare } = alignCaptions(captions, heard.value.transcript);
    pairs += heardShare * truth.length;
    words += truth.length;
    for (const [index, word] of truth.entries()) {
      spread.push(Math.abs((captions.words[index]?.startMs ?? 0) - word.startMs));
      aligned.push(Math.abs((transcript.words[index]?.startMs ?? 0) - word.startMs));
    }
  }
  if (words === 0) return;
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(
    `${title}: ${words} words, ${Math.round((100 * pairs) / words)} % of them heard as written, ${seconds} s`,
  );
  console.log(`  spread over lines of ${lineMs / 1000} s   ${describe(spread)}`);
  console.log(`  aligned to the sound    ${describe(aligned)}`);
}

/** What somebody would have who has times for lines alone: the words of a line go into one cue. */
function toLines(truth: readonly Word[], name: string): Transcript {
  const lines: Word[][] = [];
  for (const word of truth) {
    const line = lines.at(-1);
    if (line === undefined || word.endMs - line[0]!.startMs > lineMs) lines.push([word]);
    else line.push(word);
  }
  const time = (ms: number) => new Date(ms).toISOString().slice(11, 23);
  const cues = lines.map(
    (line) =>
      `${time(line[0]!.startMs)} --> ${time(line.at(-1)!.endMs)}\n${line.map(({ text }) => text).join(' ')}\n`,
  );
  const read = parseCaptionFile(`WEBVTT\n\n${cues.join('\n')}`, `${name}.vtt`);
  if (read.words.length === truth.length) return read;
  // Words that captions leave out as notes: the truth's own words, with times of their line.
  return { ...read, words: [...truth], sentences: groupSentences(truth) };
}

function describe(errorsMs: readonly number[]): string {
  const sorted = errorsMs.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const mean = sorted.reduce((sum, error) => sum + error, 0) / sorted.length;
  return `median ${at(0.5)} ms, mean ${Math.round(mean)} ms, 90 % below ${at(0.9)} ms`;
}
