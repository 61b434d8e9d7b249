/**
 * Fills values into a text of a catalogue.
 *
 * The rule of this file: there are two forms. `{name}` is a value. `{count, plural, one {# call} other {# calls}}`
 * picks by the plural rules of the language, and `#` is the count. This is the part of ICU MessageFormat that the
 * screens need.
 */
export type Values = Record<string, string | number>

const PLURAL = /\{(\w+), plural,((?:\s*\w+ \{[^{}]*\})+)\s*\}/g
const BRANCH = /(\w+) \{([^{}]*)\}/g
const PLACE = /\{(\w+)\}/g

export function fill(text: string, values: Values, language: string): string {
  if (!text.includes('{')) return text
  return text
    .replace(PLURAL, (_, name: string, branches: string) => {
      const count = Number(values[name])
      const wanted = new Intl.PluralRules(language).select(count)
      const texts = new Map([...branches.matchAll(BRANCH)].map((found) => [found[1], found[2] ?? '']))
      return (texts.get(wanted) ?? texts.get('other') ?? '').replaceAll(
        '#',
        new Intl.NumberFormat(language).format(count),
      )
    })
    .replace(PLACE, (whole, name: string) => (name in values ? String(values[name]) : whole))
}

/** The names of the values that a text expects, in alphabetical order. */
export function placeholdersOf(text: string): string[] {
  const plurals = [...text.matchAll(PLURAL)].map((found) => found[1] ?? '')
  const plain = [...text.replace(PLURAL, '').matchAll(PLACE)].map((found) => found[1] ?? '')
  return [...new Set([...plurals, ...plain])].sort()
}
