package peers

default allow := false

# Whom the asker holds rights as.
holders := graph.reachable(data.parents, data.groups_of[input.user]) | {input.user}

# What the target is under.
places := graph.reachable(data.parents, data.groups_of[input.target])

allow if {
	some holder in holders
	some scope in data.grants[holder][input.permission]
	scope in places
}

# Everything that the asker may do on the target.
permissions contains permission if {
	some holder in holders
	some permission, scopes in data.grants[holder]
	some scope in scopes
	scope in places
}
