/** Every catalogue is complete in both languages and has no unused text, and its Chinese texts are Chinese. */
import { describe, expect, test } from 'vitest'
import { fill, placeholdersOf } from './translate'

type Catalogue = Record<string, string>

const modules = import.meta.glob<Record<string, Catalogue>>(['../../**/words/{en,zh-CN}.ts', './{en,zh-CN}.ts'], {
  eager: true,
})
const sources = import.meta.glob<string>(['../../**/*.{ts,svelte}', '!../../**/{words,i18n,generated}/**'], {
  eager: true,
  query: '?raw',
  import: 'default',
})

/** Names that stay in Latin letters in Chinese: the product, keys, standards. */
const KEPT_IN_CHINESE = /Interaction Hub|Ctrl|Enter|Alt|Esc|Tab|GSM-7|UCS-2|HTML|\{[^{}]*\}/g

/** The two forms of a key in the sources: written out, or as `prefix.${code}` for any code. */
const text = Object.values(sources).join('\n')
const plainNames = new Set([...text.matchAll(/['"]([\w.]+)['"]/g)].map((found) => found[1]))
const openNames = [...text.matchAll(/`((?:\w+\.)+)\$\{[^`]*?\}([\w.]*)`/g)].map(([, before = '', after = '']) => ({
  before,
  after,
}))
const isSaid = (key: string) =>
  plainNames.has(key) || openNames.some(({ before, after }) => key.startsWith(before) && key.endsWith(after))

const rooms = Object.keys(modules)
  .filter((path) => path.endsWith('/en.ts'))
  .map((path) => [path.replace(/\/(words\/)?en\.ts$/, '') || 'shared', path] as const)

describe.each(rooms)('the texts of %s', (_, path) => {
  const english = modules[path]?.en ?? {}
  const chinese = modules[path.replace('en.ts', 'zh-CN.ts')]?.zhCN ?? {}

  test('exist in both languages', () => {
    expect(Object.keys(chinese).sort()).toEqual(Object.keys(english).sort())
    for (const catalogue of [english, chinese]) {
      expect(Object.entries(catalogue).filter(([, text]) => text.trim() === '')).toEqual([])
    }
  })

  test('take the same values in both languages', () => {
    const differing = Object.keys(english).filter(
      (key) => placeholdersOf(english[key] ?? '').join() !== placeholdersOf(chinese[key] ?? '').join(),
    )
    expect(differing).toEqual([])
  })

  test('count one thing as one', () => {
    const counts = /\{(count|total|all|most|left|n)\} \w+s\b/
    expect(Object.entries(english).filter(([, text]) => counts.test(text))).toEqual([])
  })

  test('are all used somewhere', () => {
    expect(Object.keys(english).filter((key) => !isSaid(key))).toEqual([])
  })

  test('are Chinese in Chinese', () => {
    const latin = Object.entries(chinese).filter(([, text]) =>
      /[A-Za-z]{2,}/.test(
        text
          .replace(/\{\w+, plural,/g, '')
          .replace(/other \{([^{}]*)\}\s*\}/g, '$1')
          .replace(KEPT_IN_CHINESE, ''),
      ),
    )
    expect(latin).toEqual([])
  })
})

describe('filling a text', () => {
  test('puts values in their places', () => {
    expect(fill('{name} waits', { name: 'Pia' }, 'en')).toBe('Pia waits')
  })

  test('picks the plural of the language', () => {
    const text = '{count, plural, one {# call} other {# calls}} today'
    expect(fill(text, { count: 1 }, 'en')).toBe('1 call today')
    expect(fill(text, { count: 1200 }, 'en')).toBe('1,200 calls today')
    expect(fill('{count, plural, other {# 通电话}}', { count: 1 }, 'zh-CN')).toBe('1 通电话')
  })

  test('leaves the placeholder of a missing value visible', () => {
    expect(fill('{name} waits', {}, 'en')).toBe('{name} waits')
  })
})
