import { describe, expect, it } from 'vitest';
import type { OpenSpeechDetector } from '../../src/ports/speech-detector.ts';

/** What every speech detector must do. `makeSpeech` gives some seconds of mono 16 kHz speech. */
export function describeSpeechDetector(
  name: string,
  open: OpenSpeechDetector,
  makeSpeech: () => Promise<Float32Array>,
) {
  describe(`${name} keeps the promises of speech detectors`, () => {
    it('hears speech where someone speaks and none in silence, before and after', async () => {
      const speech = await makeSpeech();
      const silence = new Float32Array(32_000);
      const sound = new Float32Array(silence.length * 2 + speech.length);
      sound.set(speech, silence.length);
      const detector = await open();
      const judged = await detector.push(sound);
      await detector.close();
      expect(judged.length).toBe(Math.floor(sound.length / detector.windowSamples));
      expect(judged.every((value) => value >= 0 && value <= 1)).toBe(true);
      const share = (part: Float32Array) => part.filter((value) => value >= 0.5).length / part.length;
      const before = Math.floor(silence.length / detector.windowSamples);
      const after = Math.ceil((silence.length + speech.length + 8000) / detector.windowSamples);
      expect(share(judged.subarray(0, before - 1))).toBe(0);
      expect(share(judged.subarray(before, after))).toBeGreaterThan(0.5);
      expect(share(judged.subarray(after))).toBe(0);
    });

    it('judges the same however the stream is cut, and each stream afresh', async () => {
      const speech = (await makeSpeech()).subarray(0, 32_000);
      const [whole, parts] = [await open(), await open()];
      const expected = [...(await whole.push(speech))];
      const judged: number[] = [];
      for (let at = 0, size = 1; at < speech.length; at += size, size = (size * 7 + 3) % 5000) {
        judged.push(...(await parts.push(speech.subarray(at, at + size))));
      }
      expect(judged).toEqual(expected);
      await Promise.all([whole.close(), parts.close()]);
    });

    it('keeps calls in order that do not wait for one another', async () => {
      const speech = (await makeSpeech()).subarray(0, 16_384);
      const [one, other] = [await open(), await open()];
      const expected = [...(await one.push(speech))];
      const halves = await Promise.all([
        other.push(speech.subarray(0, 8192)),
        other.push(speech.subarray(8192)),
      ]);
      expect([...(halves[0] ?? []), ...(halves[1] ?? [])]).toEqual(expected);
      await Promise.all([one.close(), other.close()]);
    });
  });
}
