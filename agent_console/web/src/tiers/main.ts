import { openPage } from '../shared/page'
import Tiers from './Tiers.svelte'

openPage(Tiers)
