import { openPage } from '../shared/page'
import Wallboard from './Wallboard.svelte'

openPage(Wallboard)
