/** Gives the desk's components its telephone, by Svelte's context. */
import { createContext } from 'svelte'
import type { DeskPhone } from './desk-phone.svelte'

const [getPhone, setPhone] = createContext<DeskPhone>()

export { getPhone, setPhone }
