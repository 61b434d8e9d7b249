/**
 * Words of one matter in both languages, side by side: whoever adds one says it twice in one place.
 *
 * The rule of this file: a room's catalogue takes them in, language by language.
 */
export function inBoth<Key extends string>(words: Record<Key, readonly [english: string, chinese: string]>) {
  const keys = Object.keys(words) as Key[]
  const take = (place: 0 | 1) =>
    Object.fromEntries(keys.map((key) => [key, words[key][place]])) as Record<Key, string>
  return { en: take(0), zhCN: take(1) }
}
