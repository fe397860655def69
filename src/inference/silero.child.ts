import { InferenceSession, Tensor } from 'onnxruntime-node';
import { serveParent } from '../process/child.ts';
import { sileroSampleRateHz, sileroWindowSamples } from './silero.ts';
import { locateWeights } from './weights.ts';

/** The process in which speech is told from everything else: one stream, in order. */

/** Samples of the window before that the model sees again: as in Silero's own OnnxWrapper. */
const contextSamples = 64;

/** Two layers of memory of 128 numbers. */
const stateShape = [2, 1, 128];

let session: Promise<InferenceSession> | undefined;
let state = new Tensor('float32', new Float32Array(256), stateShape);
const input = new Float32Array(contextSamples + sileroWindowSamples);
const rate = new Tensor('int64', BigInt64Array.of(BigInt(sileroSampleRateHz)), []);

serveParent({
  /** Takes whole windows and gives a probability for each. */
  async judge({ samples }: { samples: Float32Array }, { signal }) {
    session ??= InferenceSession.create(locateWeights('silero-vad')['detector.onnx'] ?? '', {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
    });
    const opened = await session;
    const probabilities = new Float32Array(samples.length / sileroWindowSamples);
    for (let window = 0; window < probabilities.length; window++) {
      signal.throwIfAborted();
      input.copyWithin(0, sileroWindowSamples);
      input.set(
        samples.subarray(window * sileroWindowSamples, (window + 1) * sileroWindowSamples),
        contextSamples,
      );
      const result = await opened.run({
        input: new Tensor('float32', input, [1, input.length]),
        state,
        sr: rate,
      });
      probabilities[window] = (result['output']!.data as Float32Array)[0]!;
      state = result['stateN'] as typeof state;
    }
    return probabilities;
  },
});
