/**
 * What the editor does to a text by itself: begins one, and gives it the next version.
 *
 * The rule of this file: it finds places in a text; whether a text is a script, the hub says.
 */
import type { CheckView, GraphStep } from '../generated/wire'

const HELLO: Record<string, [step: string, words: string]> = {
  en: ['Hello', 'Good day, {{ customer.name | fallback: "and welcome" }}.'],
  'zh-CN': ['问候', '您好，{{ customer.name | fallback: "欢迎来电" }}。'],
}

/** A script with one step, which agents pick by hand until its author says for whom it is. */
export function beginText(id: string, title: string, language: string): string {
  const [step, words] = HELLO[language] ?? HELLO.en!
  return [
    '+++',
    `id = "${id}"`,
    'version = 1',
    `title = ${JSON.stringify(title)}`,
    `language = "${language}"`,
    'priority = -1',
    '+++',
    '',
    `## hello: ${step}`,
    '',
    `> ${words}`,
    '',
    '-> end',
    '',
  ].join('\n')
}

/** Where the number of the version stands in the head, and which it is. */
export function findVersion(text: string): { from: number; to: number; version: number } | null {
  const head = /^\+\+\+\r?\n[\s\S]*?^\+\+\+/m.exec(text)?.[0] ?? ''
  const found = /^version[ \t]*=[ \t]*(\d+)/m.exec(head)
  if (!found?.[1]) return null
  const to = found.index + found[0].length
  return { from: to - found[1].length, to, version: Number(found[1]) }
}

/** The text with the next version, if it has that of the published one. */
export function raised(text: string, published: string): { from: number; to: number; version: number } | null {
  const mine = findVersion(text)
  const theirs = findVersion(published)
  return mine && theirs && mine.version === theirs.version ? { ...mine, version: mine.version + 1 } : null
}

export interface Difference {
  kind: 'added' | 'removed' | 'ways' | 'words' | 'head'
  step: string
}

/** What two texts differ in, step by step. */
export function differences(before: [string, CheckView], after: [string, CheckView]): Difference[] {
  const [old, fresh] = [partsOf(...before), partsOf(...after)]
  const found: Difference[] = []
  if (old.head !== fresh.head) found.push({ kind: 'head', step: '' })
  for (const step of before[1].steps) if (!fresh.steps.has(step.id)) found.push({ kind: 'removed', step: step.id })
  for (const step of after[1].steps) {
    const was = old.steps.get(step.id)
    const is = fresh.steps.get(step.id)
    if (!was) found.push({ kind: 'added', step: step.id })
    else if (is && was.ways !== is.ways) found.push({ kind: 'ways', step: step.id })
    else if (is && was.text !== is.text) found.push({ kind: 'words', step: step.id })
  }
  return found
}

function partsOf(text: string, checked: CheckView) {
  const lines = text.split('\n')
  const ways = (step: GraphStep) => JSON.stringify(step.ways.map(({ key, target, outcome }) => [key, target, outcome]))
  return {
    head: lines.slice(0, (checked.steps[0]?.line ?? lines.length + 1) - 1).join('\n'),
    steps: new Map(
      checked.steps.map((step) => [
        step.id,
        { text: lines.slice(step.line - 1, step.last_line).join('\n').trim(), ways: ways(step) },
      ]),
    ),
  }
}
