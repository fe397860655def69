import { limitFetch } from '../http/limited-fetch.ts';

/** No answer is larger: 64 vectors of 4,096 numbers of 20 digits are 5 MB. */
const maxAnswerBytes = 64_000_000;

/** `fetch`, but an answer that never ends is given up. @throws provider.answer_too_large */
export const fetchLimited = limitFetch(
  maxAnswerBytes,
  'Check embedder.baseUrl: this is no server of embeddings.',
);
