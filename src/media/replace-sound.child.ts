import { AVDISCARD_ALL, AV_NOPTS_VALUE } from 'node-av/constants';
import { Dictionary, FormatContext, Packet, type Stream } from 'node-av/lib';
import { serveParent } from '../process/child.ts';
import { collectFfmpegLog, expectOk, expectPresent, explainFailure } from './ffmpeg.ts';
import { openContainer } from './input-file.ts';
import type { SoundReplacement } from './replace-sound.ts';

/** The child that copies a film's picture and another sound into one file. */

collectFfmpegLog();
serveParent({
  replaceSound: async (replacement: SoundReplacement) => {
    try {
      copy(replacement);
    } catch (error) {
      throw await explainFailure(error, 'tool.render_failed', {
        inputs: [replacement.film, replacement.sound],
        outputs: [replacement.to],
      });
    }
  },
});

function copy({ film, videoStreamIndex, sound, to, format, formatOptions }: SoundReplacement): void {
  const output = new FormatContext();
  expectOk(output.allocOutputContext2(null, format, to), `No muxer for ${format}`);
  const readers = [new PacketReader(film, videoStreamIndex, output), new PacketReader(sound, 0, output)];
  expectOk(output.openOutputSync(), 'The file cannot be written');
  // FFmpeg takes the dictionary over: it must be neither read nor freed after.
  expectOk(
    output.writeHeaderSync(Dictionary.fromObject({ ...formatOptions })),
    'The head of the file cannot be written',
  );
  for (;;) {
    // What comes first is written first: the muxer keeps little.
    const next = readers
      .filter(({ isAtEnd }) => !isAtEnd)
      .toSorted((one, other) => one.seconds - other.seconds)[0];
    if (next === undefined) break;
    next.write(output);
  }
  expectOk(output.writeTrailerSync(), 'The file cannot be completed');
  expectOk(output.pb?.error ?? 0, 'The file cannot be completed');
  output.closeOutputSync();
  for (const reader of readers) reader.close();
  output.freeContext();
}

/** Packets of one stream, in their order, one read ahead. */
class PacketReader {
  readonly #input: FormatContext;
  readonly #packet = new Packet();
  readonly #from: Stream;
  readonly #to: Stream;
  isAtEnd = false;
  /** When the packet that is ready is decoded. */
  seconds = 0;

  constructor(path: string, streamIndex: number, output: FormatContext) {
    this.#input = openContainer(path);
    this.#packet.alloc();
    this.#from = expectPresent(
      this.#input.streams.find(({ index }) => index === streamIndex),
      `stream ${streamIndex} in the file`,
    );
    for (const stream of this.#input.streams)
      if (stream.index !== streamIndex) stream.discard = AVDISCARD_ALL;
    this.#to = output.newStream(null);
    expectOk(this.#from.codecpar.copy(this.#to.codecpar), 'The stream cannot be described');
    this.#to.timeBase = this.#from.timeBase;
    this.#to.avgFrameRate = this.#from.avgFrameRate;
    this.#read();
  }

  write(output: FormatContext): void {
    this.#packet.streamIndex = this.#to.index;
    this.#packet.rescaleTs(this.#from.timeBase, this.#to.timeBase);
    expectOk(output.interleavedWriteFrameSync(this.#packet), 'The file cannot be written on');
    this.#read();
  }

  close(): void {
    this.#packet.free();
    this.#input.closeInputSync();
  }

  #read(): void {
    let isOurs = false;
    while (!isOurs && !this.isAtEnd) {
      this.#packet.unref();
      this.isAtEnd = this.#input.readFrameSync(this.#packet) < 0;
      isOurs = this.#packet.streamIndex === this.#from.index;
    }
    if (this.isAtEnd) return;
    const { dts, pts } = this.#packet;
    const time = dts === AV_NOPTS_VALUE ? pts : dts;
    const { num, den } = this.#from.timeBase;
    this.seconds = (Number(time) * num) / den;
  }
}
