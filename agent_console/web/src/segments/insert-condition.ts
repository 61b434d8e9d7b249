/**
 * Puts a condition into the text of a rule, where the author's cursor is.
 *
 * The rule of this file: what stands there stays. Where two conditions would stand side by side, && comes between.
 */

export interface Inserted {
  text: string
  cursor: number // behind what was put in
}

export function insertCondition(text: string, from: number, to: number, condition: string): Inserted {
  const before = text.slice(0, from)
  const after = text.slice(to)
  const begins = /(^|&&|\|\||!|\()\s*$/.test(before) ? '' : ' && '
  const ends = /^\s*($|&&|\|\||\))/.test(after) ? '' : ' && '
  const head = begins === '' ? before : before.trimEnd() + begins
  return {
    text: head + condition + (ends === '' ? after : ends + after.trimStart()),
    cursor: head.length + condition.length,
  }
}
