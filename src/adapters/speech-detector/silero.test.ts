import { describeSpeechDetector } from '../../../test/contracts/speech-detector.ts';
import { createFlite } from '../voice/flite.ts';
import { openSilero } from './silero.ts';

describeSpeechDetector('Silero', openSilero, async () => {
  const voice = createFlite();
  const { samples } = await voice.speak('A good detector hears every word, and nothing else.', {});
  await voice.close();
  return samples;
});
