#import <Foundation/Foundation.h>

NSDictionary *headers = @{ @"Ocp-Apim-Subscription-Key": @"YOUR_SUBSCRIPTION_KEY",
                           @"Content-Type": @"application/json" };
NSDictionary *parameters = @{ @"moduleID": @"0f8fad5b-d9cb-469f-a165-70867728950e",
                              @"name": @"CS1010 lecture 3",
                              @"startDate": @"2027-01-18T10:00:00+08:00",
                              @"duration": @90 };

NSData *postData = [NSJSONSerialization dataWithJSONObject:parameters options:0 error:nil];

NSMutableURLRequest *request = [NSMutableURLRequest requestWithURL:[NSURL URLWithString:@"https://luminus.azure-api.net/zoom/Meeting"]
                                                       cachePolicy:NSURLRequestUseProtocolCachePolicy
                                                   timeoutInterval:10.0];
[request setHTTPMethod:@"POST"];
[request setAllHTTPHeaderFields:headers];
[request setHTTPBody:postData];

NSURLSession *session = [NSURLSession sharedSession];
NSURLSessionDataTask *dataTask = [session dataTaskWithRequest:request
                                            completionHandler:^(NSData *data, NSURLResponse *response, NSError *error) {
                                                if (error) {
                                                    NSLog(@"%@", error);
                                                } else {
                                                    NSHTTPURLResponse *httpResponse = (NSHTTPURLResponse *) response;
                                                    NSLog(@"%@", httpResponse);
                                                }
                                            }];
[dataTask resume];
