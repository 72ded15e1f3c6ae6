package ws

// farewell is why a conn ends: a websocket close code, a sentence for the person at the other
// end, and the label under which it is counted.
//
// A stock y-websocket client tries again after every code outside 4400–4499 and after none inside:
// those are for what would only happen again.
type farewell struct {
	code   int
	reason string
	label  string
}

// Every way a conn can end. The codes are part of the wire format.
var (
	byeClient      = farewell{1000, "", "client"} // the other side closed or vanished
	byeShutdown    = farewell{1001, "The server is restarting.", "shutdown"}
	byeText        = farewell{1003, "Only binary messages are understood here.", "text"}
	byeTooBig      = farewell{1009, "That change is larger than 4 MiB.", "too_big"}
	byeOverloaded  = farewell{1013, "The server is busy. Try again.", "overloaded"}
	byeUnavailable = farewell{1013, "This conversation cannot be opened just now. Try again.", "unavailable"}
	byeRejected    = farewell{1013, "What you wrote cannot be saved just now. It stays on this device; tell whoever runs the server.", "rejected"}
	byeSignIn      = farewell{4401, "Sign in again.", "sign_in"}
	byeForbidden   = farewell{4403, "You are no longer allowed in this conversation.", "forbidden"}
	byeRefused     = farewell{4403, "This change is not allowed.", "refused"}
	byeNotFound    = farewell{4404, "There is no such conversation.", "not_found"}
	byeReset       = farewell{4408, "This conversation was restored. Load it again.", "reset"}
	byeRecovered   = farewell{4408, "This conversation was recovered. Load it again.", "recovered"}
	byeSlow        = farewell{1013, "The connection is too slow. Try again.", "slow"}
	byeBadFrame    = farewell{4409, "A message was damaged.", "bad_frame"}
	byeBadUpdate   = farewell{4409, "A change was damaged and was not applied.", "bad_update"}
	byePanic       = farewell{4409, "A change could not be applied.", "panic"}
	byeTooFast     = farewell{4429, "Too much at once. Wait a moment.", "too_fast"}
)

var farewells = []farewell{
	byeClient, byeShutdown, byeText, byeTooBig, byeOverloaded, byeUnavailable, byeRejected, byeSignIn, byeForbidden,
	byeRefused, byeNotFound, byeReset, byeRecovered, byeSlow, byeBadFrame, byeBadUpdate, byePanic, byeTooFast,
}

// to returns the farewell as it is said to a client. A stock one that was too fast would never come
// back, and its next words would be lost on its device.
func (f farewell) to(grimoire bool) farewell {
	if f == byeTooFast && !grimoire {
		f.code = byeOverloaded.code
	}
	return f
}
