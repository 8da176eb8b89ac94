const FOLDED: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ł: 'l',
  ı: 'i',
  ħ: 'h',
  ə: 'e',
};
const PLAIN = /^[a-z ]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what ASCII means.
const ASCII = /^[\x00-\x7f]*$/;

/**
 * A name as it is compared: lower case, without accents, apostrophes and full stops; other marks are spaces. `St. X` is
 * `saint x`.
 */
export function foldName(name: string): string {
  let text = name.toLowerCase();
  if (!PLAIN.test(text)) {
    text = ASCII.test(text)
      ? text.replace(/['`.]/g, '').replace(/[^a-z0-9]+/g, ' ')
      : text
          .normalize('NFD')
          .replace(/\p{M}|['’‘ʻʼ`´.]/gu, '')
          .replace(/[ßøđðþæœłıħə]/g, (letter) => FOLDED[letter] ?? letter)
          .replace(/[^\p{L}\p{N}]+/gu, ' ');
  }
  text = text.trim();
  return text.startsWith('st ') || text.includes(' st ') ? text.replace(/(^| )st (?=\S)/g, '$1saint ') : text;
}
