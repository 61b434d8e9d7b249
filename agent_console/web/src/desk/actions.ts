/**
 * The actions of the desk in one list: the palette shows them, the keyboard runs them, the help explains their keys.
 *
 * The rule of this file: every action with a key is listed here. Keys are chords with Alt, so that they work while the
 * agent writes. A chord goes by the position of the key on the keyboard, whatever letter the layout puts there.
 */
import { traitsOf } from '../shared/channels.svelte'
import { sayAddress } from '../shared/address'
import { LANGUAGES, language, nameIn, type Language } from '../shared/i18n/language.svelte'
import { theme, THEMES } from '../shared/theme.svelte'
import type { InteractionView } from '../generated/wire'
import type { DeskModel } from './model/desk.svelte'
import { canTakeNext } from './model/take-next'
import { owedOf } from './model/statements'
import type { Screen } from './screen.svelte'
import { t } from './words'

export interface Action {
  id: string
  label: string
  keys?: string // as the help prints it and as `chordOf` returns it
  run(): void
}

const KEYS = {
  palette: 'Ctrl K',
  offer: 'Alt O',
  take: 'Alt G',
  next: 'Alt ↓',
  previous: 'Alt ↑',
  waiting: 'Alt U',
  reply: 'Alt R',
  note: 'Alt N',
  script: 'Alt S',
  scripts: 'Alt P',
  side: 'Alt I',
  hold: 'Alt H',
  keypad: 'Alt K',
  record_pause: 'Alt J',
  call: 'Alt C',
  transfer: 'Alt T',
  end: 'Alt E',
  wrap_up: 'Alt W',
  help: '?',
} as const

/** An action that has a key; its label is the text `do.<id>`. */
function keyed(id: keyof typeof KEYS, run: () => void): Action {
  return { id, label: t(`do.${id}`), keys: KEYS[id], run }
}

export function actionsOf(model: DeskModel, screen: Screen): Action[] {
  return [...offerActions(model, screen), ...heldActions(model, screen), ...ownActions(model, screen)]
}

function offerActions(model: DeskModel, screen: Screen): Action[] {
  const offers = model.desk?.offers ?? []
  const isAsked = model.desk?.consults.some(({ state }) => state === 'asked') ?? false
  if (offers.length === 0 && !isAsked) return []
  return [
    keyed('offer', () => screen.go('offer')),
    ...offers.flatMap((offer) => [
      {
        id: `accept-${offer.id}`,
        label: t('do.accept', { name: sayAddress(offer.customer_name) }),
        run: () => model.acts.accept(offer),
      },
      {
        id: `decline-${offer.id}`,
        label: t('do.decline', { name: sayAddress(offer.customer_name) }),
        run: () => model.acts.decline(offer),
      },
    ]),
  ]
}

function heldActions(model: DeskModel, screen: Screen): Action[] {
  const held = model.selected
  if (!held) return []
  const write = (tab: 'reply' | 'note') => () => {
    model.drafts.of(held.id).set('tab', tab)
    screen.go('reply')
  }
  const actions: Action[] = []
  const wrapping = held.state === 'wrap_up' ? held : model.desk?.interactions.find(({ state }) => state === 'wrap_up')
  if (wrapping) {
    actions.push(
      keyed('wrap_up', () => {
        model.select(wrapping.id)
        screen.go(owedOf(wrapping.script).length > 0 ? 'owed' : 'wrap-up')
      }),
    )
  }
  if (held.state !== 'wrap_up') {
    if (!traitsOf(held.channel).is_call) actions.push(keyed('reply', write('reply')))
    actions.push(keyed('note', write('note')))
  }
  actions.push(
    keyed('script', () => screen.go('script')),
    keyed('scripts', () => pickScript(screen)),
  )
  if (held.state !== 'active') return actions
  if (held.call?.state === 'talking' || held.call?.state === 'held') {
    const isHeld = held.call.state === 'held'
    const hold = keyed('hold', () => model.acts.hold(held, !isHeld))
    actions.push(isHeld ? { ...hold, label: t('do.resume') } : hold)
    actions.push(keyed('keypad', () => (screen.isKeypadOpen = true)))
  }
  const recording = held.call?.recording
  if (recording && recording.state !== 'asked' && recording.state !== 'failed') {
    const isPaused = recording.state === 'paused' || recording.state === 'pausing'
    actions.push(keyed('record_pause', () => model.acts.pauseRecording(held, !isPaused)))
  }
  actions.push(
    keyed('transfer', () => (screen.dialog = 'transfer')),
    keyed('end', () => endOrAsk(model, screen)),
  )
  return actions
}

/** Ends the conversation on the screen. If a reply is written and not sent, it opens the dialog that asks first. */
export function endOrAsk(model: DeskModel, screen: Screen): void {
  const held = model.selected
  if (!held) return
  const isUnsent = !traitsOf(held.channel).is_call && model.drafts.of(held.id).get('reply').trim() !== ''
  if (isUnsent) screen.dialog = 'end'
  else model.acts.end(held)
}

/** Shows the script first, because the list drops down from its name. */
function pickScript(screen: Screen): void {
  screen.go('script')
  screen.dialog = 'scripts'
}

function ownActions(model: DeskModel, screen: Screen): Action[] {
  const desk = model.desk
  if (!desk) return []
  const actions: Action[] = []
  if (desk.interactions.length > 1) {
    actions.push(
      keyed('next', () => model.step(1)),
      keyed('previous', () => model.step(-1)),
      keyed('waiting', () => model.stepToWaiting()),
    )
  }
  if (canTakeNext(desk)) actions.push(keyed('take', () => model.acts.takeNext()))
  actions.push(keyed('side', () => screen.toggleSide()))
  if (desk.agent.state !== 'available' || desk.agent.wish !== null) {
    actions.push({ id: 'available', label: t('do.available'), run: () => model.acts.setState('available') })
  }
  for (const { code, names } of desk.policy.unavailable_reasons) {
    const reason = nameIn(names, code)
    const away = (after: boolean) => () => model.acts.setState('unavailable', code, after)
    actions.push({ id: `away-${code}`, label: t('do.unavailable', { reason }), run: away(false) })
    if (desk.interactions.length > 0) {
      actions.push({ id: `after-${code}`, label: t('do.unavailable_after', { reason }), run: away(true) })
    }
  }
  actions.push(keyed('call', () => screen.callOut(numberOf(model.selected))))
  actions.push({ id: 'agreed', label: t('do.agreed'), run: () => (screen.dialog = 'agreed') })
  actions.push({ id: 'phone', label: t('do.phone'), run: () => (screen.dialog = 'phone') })
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    if (tag === language.current) continue
    actions.push({
      id: `language-${tag}`,
      label: t('do.language', { name }),
      run: () => language.set(tag as Language),
    })
  }
  for (const one of THEMES) {
    if (one === theme.current) continue
    const name = t(`settings.theme.${one}`)
    actions.push({ id: `theme-${one}`, label: t('do.theme', { name }), run: () => theme.set(one) })
  }
  actions.push(
    keyed('palette', () => (screen.dialog = 'palette')),
    keyed('help', () => (screen.dialog = 'help')),
  )
  return actions
}

/** The telephone number of a customer, the one that they use now first. "" if none is known. */
export function numberOf(held: InteractionView | undefined): string {
  if (!held) return ''
  const known = [held.address, ...held.customer.addresses.map(({ address }) => address)]
  return known.find((one) => one.startsWith('+')) ?? ''
}

/** Every key with its action, possible at the moment or not, for the help. */
export function allKeys(): { keys: string; label: string }[] {
  return Object.entries(KEYS).map(([id, keys]) => ({ keys, label: t(`do.${id as keyof typeof KEYS}`) }))
}

type Press = Pick<KeyboardEvent, 'code' | 'key' | 'altKey' | 'ctrlKey' | 'metaKey' | 'isComposing'>

/** The chord of a key press, in the form of `Action.keys`. "" if it is no chord or a word is being composed. */
export function chordOf(press: Press): string {
  if (press.isComposing) return ''
  if ((press.ctrlKey || press.metaKey) && !press.altKey) return press.code === 'KeyK' ? 'Ctrl K' : ''
  if (press.altKey && !press.ctrlKey && !press.metaKey) {
    if (press.code === 'ArrowDown') return 'Alt ↓'
    if (press.code === 'ArrowUp') return 'Alt ↑'
    return press.code.startsWith('Key') ? `Alt ${press.code.slice(3)}` : ''
  }
  return press.key === '?' ? '?' : ''
}
