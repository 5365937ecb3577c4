//go:build js

// Wasm is a control client in JavaScript's world, where no socket can be had
// but a WebSocket.  It is what a browser's client does first, with the packages
// that one is made of:
//
//	wasm URL-OF-THE-SERVER AUTH-KEY HOSTNAME
//
// It fetches the server's key, shakes hands, registers, asks for the first map,
// and prints a line of each.
package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"tailscale.com/control/ts2021"
	"tailscale.com/net/tsdial"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

const (
	wait    = 20 * time.Second // for all of it
	largest = 1 << 20          // bytes of a map
)

// serverKey is what the server says at /key.
func serverKey(ctx context.Context, url string) (key.MachinePublic, error) {
	var keys tailcfg.OverTLSPublicKeyResponse
	url = fmt.Sprintf("%s/key?v=%d", url, tailcfg.CurrentCapabilityVersion)
	req, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		return keys.PublicKey, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return keys.PublicKey, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return keys.PublicKey, errors.New(url + ": " + res.Status)
	}
	err = json.NewDecoder(res.Body).Decode(&keys)
	return keys.PublicKey, err
}

// register gives the words of a refusal, "" if the machine may join.
func register(ctx context.Context, c *ts2021.Client, node key.NodePublic, authKey string, info *tailcfg.Hostinfo) (string, error) {
	res, err := c.Post(ctx, "/machine/register", node, tailcfg.RegisterRequest{
		Version:  tailcfg.CurrentCapabilityVersion,
		NodeKey:  node,
		Auth:     &tailcfg.RegisterResponseAuth{AuthKey: authKey},
		Hostinfo: info,
	})
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", errors.New("register: " + res.Status)
	}
	var answer tailcfg.RegisterResponse
	if err = json.NewDecoder(res.Body).Decode(&answer); err != nil {
		return "", err
	}
	if answer.Error == "" && !answer.MachineAuthorized {
		return "not authorized", nil
	}
	return answer.Error, nil
}

// firstMap is the first message of a stream: four bytes of length, then JSON.
func firstMap(ctx context.Context, c *ts2021.Client, node key.NodePublic, info *tailcfg.Hostinfo) (*tailcfg.MapResponse, error) {
	res, err := c.Post(ctx, "/machine/map", node, tailcfg.MapRequest{
		Version:   tailcfg.CurrentCapabilityVersion,
		NodeKey:   node,
		DiscoKey:  key.NewDisco().Public(),
		Stream:    true,
		KeepAlive: true,
		Hostinfo:  info,
	})
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, errors.New("map: " + res.Status)
	}
	var size uint32
	if err = binary.Read(res.Body, binary.LittleEndian, &size); err != nil {
		return nil, err
	}
	if size > largest {
		return nil, fmt.Errorf("a map of %d bytes", size)
	}
	text := make([]byte, size)
	if _, err = io.ReadFull(res.Body, text); err != nil {
		return nil, err
	}
	answer := new(tailcfg.MapResponse)
	return answer, json.Unmarshal(text, answer)
}

func join(ctx context.Context, url, authKey, hostname string) error {
	server, err := serverKey(ctx, url)
	if err != nil {
		return err
	}
	fmt.Println("key", server)
	c, err := ts2021.NewClient(ts2021.ClientOpts{
		ServerURL:    url,
		ServerPubKey: server,
		PrivKey:      key.NewMachine(),
		Dialer:       new(tsdial.Dialer), // unused: JavaScript dials
		Logf:         logger.Discard,
	})
	if err != nil {
		return err
	}
	defer c.Close()
	node := key.NewNode().Public()
	info := &tailcfg.Hostinfo{Hostname: hostname, OS: "js"}
	refusal, err := register(ctx, c, node, authKey, info)
	if err != nil {
		return err
	}
	if refusal != "" {
		fmt.Println("refused", refusal)
		return nil
	}
	fmt.Println("joined")
	netmap, err := firstMap(ctx, c, node, info)
	if err != nil {
		return err
	}
	fmt.Println("self", netmap.Node.Name)
	for _, peer := range netmap.Peers {
		fmt.Println("peer", peer.Name)
	}
	return nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Fatal("three words are needed: URL, auth key, hostname")
	}
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	if err := join(ctx, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
