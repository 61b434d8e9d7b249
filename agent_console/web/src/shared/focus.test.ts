import { expect, test, vi } from 'vitest'
import { noteFocus } from './focus'

/** Gives what has the focus once the hub has answered: `first` when it is asked, `then` when the answer comes. */
function answerAt(first: string, then: string): string {
  const page = { activeElement: first, body: 'body' }
  vi.stubGlobal('document', page)
  const move = noteFocus()
  page.activeElement = then
  move({ focus: () => void (page.activeElement = 'wanted') } as unknown as HTMLElement)
  return page.activeElement
}

test('the focus goes where it is wanted if the person stayed, or if what had it is gone', () => {
  expect(answerAt('field', 'field')).toBe('wanted')
  expect(answerAt('field', 'body')).toBe('wanted')
})

test('whoever writes elsewhere by then stays there', () => {
  expect(answerAt('field', 'reply')).toBe('reply')
  expect(answerAt('body', 'reply')).toBe('reply') // they had left the field by a click before it was asked
})
