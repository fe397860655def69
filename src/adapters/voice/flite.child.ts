import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WASI } from 'node:wasi';
import { PatternPivotError } from '../../domain/errors.ts';
import { withTemporaryFolder } from '../../media/temporary-folder.ts';
import type { Speech } from '../../ports/voice.ts';
import { serveParent } from '../../process/child.ts';
import type { FliteRequest } from './flite.ts';

/** The child's side of the Flite voice: the command-line program, run in a sandbox that sees one temporary folder. */

/** The part of Node's WebAssembly that is used; its types come with the browser's, which this project does not load. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<object>;
};

let compiled: Promise<object> | undefined;

serveParent({
  async speak({ wasmPath, voice, text }: FliteRequest): Promise<Speech> {
    compiled ??= WebAssembly.compile(readFileSync(wasmPath));
    const module = await compiled;
    return withTemporaryFolder('voice', (folder) => synthesise(module, folder, { voice, text }));
  },
});

async function synthesise(
  module: object,
  folder: string,
  { voice, text }: Pick<FliteRequest, 'voice' | 'text'>,
): Promise<Speech> {
  writeFileSync(join(folder, 'text.txt'), `${text}\n`);
  const log = openSync(join(folder, 'log.txt'), 'w');
  const wasi = new WASI({
    version: 'preview1',
    args: ['flite', '-voice', voice, '-f', '/speech/text.txt', '-o', '/speech/speech.wav'],
    preopens: { '/speech': folder },
    stdout: log,
    stderr: log,
    returnOnExit: true,
  });
  const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
  const exitCode = wasi.start(instance);
  closeSync(log);
  if (exitCode !== 0) {
    throw new PatternPivotError('tool.voice_failed', `Flite ended with code ${exitCode}.`, {
      context: { log: readFileSync(join(folder, 'log.txt'), 'utf8').slice(0, 1000) },
    });
  }
  return parseWav(readFileSync(join(folder, 'speech.wav')));
}

/** Reads the one kind of WAV that Flite writes: 16-bit mono. */
function parseWav(bytes: Buffer): Speech {
  let sampleRateHz: number | undefined;
  for (let at = 12; at + 8 <= bytes.length;) {
    const id = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    if (id === 'fmt ') sampleRateHz = bytes.readUInt32LE(at + 12);
    if (id === 'data' && sampleRateHz !== undefined) {
      const count = Math.floor(Math.min(size, bytes.length - at - 8) / 2);
      const samples = new Float32Array(count);
      for (let index = 0; index < count; index++) {
        samples[index] = bytes.readInt16LE(at + 8 + index * 2) / 32768;
      }
      return { sampleRateHz, samples };
    }
    at += 8 + size + (size % 2);
  }
  throw new PatternPivotError('tool.voice_failed', 'Flite wrote no sound.');
}
