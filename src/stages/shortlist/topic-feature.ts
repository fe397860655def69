import type { Moment } from '../../domain/moment.ts';
import { quote, type Feature } from './feature.ts';
import { featureWeights } from './weights.ts';

/** How a reason begins that says so. */
const isAboutText = 'It is about ';

/** The one feature that a user sets. */
export const topicFeatures: readonly Feature[] = [
  {
    name: 'topic.near',
    scope: 'stretch',
    measure: ({ topic }, { from, to }) => topic?.nearness(from, to),
    tell(value, { topic }, { from, to }) {
      const wanted = quote(topic?.text ?? '');
      if (topic?.isAbout(from, to) === true) return `${isAboutText}${wanted}`;
      return value > featureWeights['topic.near'].neutral
        ? `It touches on ${wanted}`
        : `It is not about ${wanted}`;
    },
  },
];

/** Whether a moment was found to be about the topic that was asked for. */
export function isAboutTopic(moment: Moment): boolean {
  return moment.reasons.some(
    ({ feature, text }) => feature === topicFeatures[0]?.name && text.startsWith(isAboutText),
  );
}
