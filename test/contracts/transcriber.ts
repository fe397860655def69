import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normaliseWords } from '../../src/domain/word-normaliser.ts';
import type { Transcriber } from '../../src/ports/transcriber.ts';
import { assertWordsInOrder, wordSchema } from '../../src/domain/transcript.ts';

/** A piece of speech and what is said in it. */
export type KnownSpeech = { samples: Float32Array; text: string };

/** What every transcriber must do. `makeSpeech` gives two pieces of mono 16 kHz speech of unlike length. */
export function describeTranscriber(
  name: string,
  open: () => Transcriber,
  makeSpeech: () => Promise<readonly [KnownSpeech, KnownSpeech]>,
) {
  describe(`${name} keeps the promises of transcribers`, () => {
    let transcriber: Transcriber;
    let speech: readonly [KnownSpeech, KnownSpeech];

    beforeAll(async () => {
      speech = await makeSpeech();
      transcriber = open();
    });
    afterAll(() => transcriber.close());

    it('hears the words of each piece of a batch, in order, at times inside the piece', async () => {
      const startsMs = [7000, 1000];
      const heard = await transcriber.transcribe(
        speech.map(({ samples }, index) => ({ samples, startMs: startsMs[index]! })),
        {},
      );
      expect(heard).toHaveLength(2);
      for (const [index, piece] of heard.entries()) {
        const { samples, text } = speech[index]!;
        const words = normaliseWords(piece.words.map((word) => word.text).join(' '), 'plain');
        const expected = normaliseWords(text, 'plain');
        expect(expected.filter((word) => words.includes(word)).length / expected.length).toBeGreaterThan(0.8);
        expect(words.length).toBeLessThan(expected.length * 1.25);
        assertWordsInOrder(piece.words);
        for (const word of piece.words) {
          expect(wordSchema.safeParse(word).error).toBeUndefined();
          expect(word.startMs).toBeGreaterThanOrEqual(startsMs[index]!);
          expect(word.endMs).toBeLessThanOrEqual(startsMs[index]! + Math.ceil(samples.length / 16));
        }
        // Words are spread over the piece: the last one begins in its second half.
        expect(piece.words.at(-1)!.startMs).toBeGreaterThan(startsMs[index]! + samples.length / 32);
      }
    });

    it('gives nothing for no batch, and no words for a piece of a few milliseconds', async () => {
      expect(await transcriber.transcribe([], {})).toEqual([]);
      const [empty, short] = await transcriber.transcribe(
        [
          { samples: new Float32Array(0), startMs: 0 },
          { samples: new Float32Array(40), startMs: 50 },
        ],
        {},
      );
      expect(empty!.words).toEqual([]);
      expect(short!.words).toEqual([]);
    });

    it('serves more calls at once than it works on', async () => {
      const [, piece] = speech;
      const calls = Array.from({ length: transcriber.concurrency + 2 }, () =>
        transcriber.transcribe([{ samples: piece.samples, startMs: 0 }], {}),
      );
      const texts = (await Promise.all(calls)).map(([one]) => one!.words.map((word) => word.text).join(' '));
      expect(new Set(texts).size).toBe(1);
    });

    it('stops when it is told to, and works on afterwards', async () => {
      const controller = new AbortController();
      const batch = Array.from({ length: 6 }, () => ({ samples: speech[0].samples, startMs: 0 }));
      const stopped = transcriber.transcribe(batch, { signal: controller.signal });
      setTimeout(() => controller.abort(), 20);
      await expect(stopped).rejects.toMatchObject({ message: expect.stringMatching(/abort|stop/iu) });
      const [after] = await transcriber.transcribe([{ samples: speech[1].samples, startMs: 0 }], {});
      expect(after!.words.length).toBeGreaterThan(0);
    });
  });
}
