package http1

import (
	"bytes"
	"fmt"
	"testing"
)

const hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

// FuzzWhole checks that an answer means the same whatever was parsed before it.
func FuzzWhole(f *testing.F) {
	f.Add(hello, hello, false, false)
	f.Add(hello, hello[:len(hello)-1], false, false)
	f.Add(hello, hello+"?", false, false)
	f.Add(hello, hello, true, false)
	f.Add(hello, hello, false, true)
	f.Add(hello, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", false, false)
	f.Add("HTTP/1.1 100 Continue\r\n\r\n"+hello, hello, false, false)
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", false, false)
	f.Add("HTTP/1.1 204 No\r\n\r\n", "HTTP/1.1 204 No\r\n\r\n", false, false)
	f.Fuzz(func(t *testing.T, first, second string, firstToHead, secondToHead bool) {
		const maxBody = 100
		var used, fresh whole
		used.parse([]byte(first), firstToHead, maxBody)
		got, gotDone, gotErr := used.parse([]byte(second), secondToHead, maxBody)
		want, wantDone, wantErr := fresh.parse([]byte(second), secondToHead, maxBody)
		if gotDone != wantDone || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("done %v, error %v after another answer, else %v, %v", gotDone, gotErr, wantDone, wantErr)
		}
		if wantErr == nil && (!bytes.Equal(got, want) || used.answer != fresh.answer) {
			t.Fatalf("kept %q of %+v after another answer, else %q of %+v", got, used.answer, want, fresh.answer)
		}
	})
}

func BenchmarkWhole(b *testing.B) {
	answers := [][]byte{}
	for second := range 2 {
		answers = append(answers, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Thu, 01 Jan 1970 00:00:0%d GMT\r\n"+
			"Content-Type: application/json\r\nContent-Length: 13\r\nConnection: keep-alive\r\n\r\n{\"balance\":1}", second))
	}
	for _, heads := range []int{1, 2} {
		b.Run(fmt.Sprintf("heads=%d", heads), func(b *testing.B) {
			var w whole
			i := 0
			for b.Loop() {
				i++
				if _, done, err := w.parse(answers[i%heads], false, 1000); !done || err != nil {
					b.Fatal(done, err)
				}
			}
		})
	}
}
