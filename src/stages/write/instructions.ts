/** Talks to a machine that reads it, and not to people: a transcript, a title or a caption file may hold such words on purpose. */
const toAMachine =
  /\b(?:(?:ignore|disregard|forget|override)\b[^.!?]{0,40}\b(?:instructions?|prompts?|rules|guidelines|everything above|previous|prior)\b|(?:system|developer) (?:prompt|message)|you are (?:now )?(?:an? )?(?:\w+ )?(?:ai|assistant|language model|llm|chatbot|chatgpt|gpt)\b|as an ai\b|jailbreak|(?:respond|reply|answer|output) (?:only )?(?:with|in) (?:json|exactly|the following|only)|new instructions?:|end of (?:passage|transcript|context)|<\/?(?:system|user|assistant|passage|instructions?)\b)/iu;

/** Whether a text gives orders to a model that reads it. It is left out where it would be shown to one, or spoken. */
export function speaksToMachine(text: string): boolean {
  return toAMachine.test(
    text
      .normalize('NFKC')
      .replaceAll(/[\p{Cf}\p{Cc}]+/gu, ' ')
      .replaceAll(/\s+/gu, ' '),
  );
}
