/**
 * A small catalogue with both languages side by side, so that a new text is written twice in one place.
 *
 * The rule of this file: the catalogue of a room includes the result, language by language.
 */
export function inBoth<Key extends string>(words: Record<Key, readonly [english: string, chinese: string]>) {
  const keys = Object.keys(words) as Key[]
  const take = (place: 0 | 1) =>
    Object.fromEntries(keys.map((key) => [key, words[key][place]])) as Record<Key, string>
  return { en: take(0), zhCN: take(1) }
}
