import { openPage } from '../shared/page'
import Practice from './Practice.svelte'

openPage(Practice)
