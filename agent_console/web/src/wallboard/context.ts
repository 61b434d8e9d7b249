/** How the dialogs of the wallboard reach who looks at it, and the way of their commands. */
import { createContext } from 'svelte'
import type { CommandAnswer, StaffView } from '../generated/wire'
import type { BoardWish } from './feed.svelte'

export interface BoardSide {
  ask(wish: BoardWish): Promise<CommandAnswer>
  readonly staff: StaffView | undefined
}

const [getBoard, setBoard] = createContext<BoardSide>()

export { getBoard, setBoard }
