import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { PatternPivotError } from '../../domain/errors.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Speech, SpokenWord } from '../../ports/voice.ts';
import { serveParent } from '../../process/child.ts';
import type { FliteRequest, FliteVoice } from './flite.ts';
import { readPhones, readPhonesOfWords, timeByPhones } from './phone-times.ts';
import type { ReadAloudWord } from './read-aloud.ts';
import { readWav } from './read-wav.ts';

/** The child's side of the Flite voice: the command-line program, run in a sandbox that sees one temporary folder. */

/** The part of Node's WebAssembly that is used; its types come with the browser's, which this project does not load. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
};

/** It says words as the others do, and is ten times as quick: for what is only asked how a word is said. */
const quickVoice = 'kal16';

/** How words are said alone, of those that were asked for before. */
const knownPhones = new Map<string, readonly string[]>();
const mostKnown = 20_000;

let compiled: Promise<object> | undefined;

serveParent({
  async speak({ wasmPath, voice, words: written }: FliteRequest): Promise<Speech> {
    compiled ??= WebAssembly.compile(readFileSync(wasmPath));
    const module = await compiled;
    const text = written
      .map(({ spoken }) => spoken)
      .filter((spoken) => spoken !== '')
      .join(' ');
    return withTemporaryFolder('voice', async (folder) => {
      const printed = await runFlite(module, folder, {
        voice,
        text: `${text}\n`,
        options: ['-psdur', '-o', '/speech/speech.wav'],
      });
      const sound = readWav(readFileSync(join(folder, 'speech.wav')));
      if (sound === undefined || sound === 'cut off') {
        throw new PatternPivotError('tool.voice_failed', 'Flite wrote no sound.');
      }
      const words = await timeWords(module, folder, { written, printed });
      return words === undefined ? sound : { ...sound, words };
    });
  },
});

/** When each word is heard, as Flite itself had it in mind; undefined where what it printed is not understood. */
async function timeWords(
  module: object,
  folder: string,
  { written, printed }: { readonly written: readonly ReadAloudWord[]; readonly printed: string },
): Promise<SpokenWord[] | undefined> {
  const told = written.flatMap(({ spoken }, owner) =>
    spoken
      .split(' ')
      .filter((word) => /[a-z0-9]/iu.test(word))
      .map((word) => ({ word, owner })),
  );
  const words = told.map(({ word }) => word);
  const phones = readPhones(printed);
  if (phones === undefined) return undefined;
  const fresh = [...new Set(words)].filter((word) => !knownPhones.has(word));
  if (fresh.length > 0) {
    const said = await runFlite(module, folder, {
      voice: quickVoice,
      // An empty line ends an utterance.
      text: `${fresh.join('\n\n')}\n`,
      options: ['-ps', '-o', 'none'],
    });
    const found = readPhonesOfWords(said, fresh.length);
    if (found === undefined) return undefined;
    if (knownPhones.size > mostKnown) knownPhones.clear();
    for (const [index, word] of fresh.entries()) knownPhones.set(word, found[index] ?? []);
  }
  const times = timeByPhones(
    words,
    words.map((word) => knownPhones.get(word) ?? []),
    phones,
  );
  return written.flatMap(({ text }, owner): SpokenWord[] => {
    const own = times.filter((_, index) => told[index]?.owner === owner);
    const [first, last] = [own[0], own.at(-1)];
    return first === undefined || last === undefined
      ? []
      : [{ text, startMs: first.startMs, endMs: last.endMs }];
  });
}

/** @returns what it printed */
async function runFlite(
  module: object,
  folder: string,
  {
    voice,
    text,
    options,
  }: { readonly voice: FliteVoice; readonly text: string; readonly options: readonly string[] },
): Promise<string> {
  writeFileSync(join(folder, 'text.txt'), text);
  const logPath = join(folder, 'log.txt');
  const log = openSync(logPath, 'w');
  const wasi = new WASI({
    version: 'preview1',
    args: ['flite', '-voice', voice, '-f', '/speech/text.txt', ...options],
    preopens: { '/speech': folder },
    stdout: log,
    stderr: log,
    returnOnExit: true,
  });
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  const exitCode = wasi.start(instance);
  closeSync(log);
  const printed = readFileSync(logPath, 'utf8');
  if (exitCode === 0) return printed;
  throw new PatternPivotError('tool.voice_failed', `Flite ended with code ${exitCode}.`, {
    context: { log: printed.slice(0, 1000) },
  });
}
